using LocalLlm.Planning;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

/// <summary>The search against trying out everything: small models on up to three GPUs.</summary>
public sealed class PlanSearchTests
{
    private static readonly int Cases = Requirement.RunsAll ? 3000 : 300;

    [Fact]
    public void No_division_that_fits_has_more_layers_than_the_plan()
    {
        Random random = new(20261128);
        int partial = 0;
        for (int i = 0; i < Cases; i++)
        {
            ModelFootprint model = HeaderModels.Footprint(Model(random));
            PlanOptions options = RandomMachine.Options(random, model) with
            {
                ContextLength = 2048, MicroBatch = 256, Placement = (PlacementStrategy)random.Next(1, 4), MaxMemory = null, Margin = 0,
            };
            PlanMachine machine = Machine(random, model, options);

            OffloadPlan plan = StageOne.Plan(model, machine, options);
            (int modules, int firstExperts) = Most(model, plan);

            Assert.True(
                modules == plan.TensorSplit.Sum() && (modules == 0 || firstExperts == plan.Basis.Placement.FirstExpertLayer),
                $"Case {i}: {modules} modules, experts from {firstExperts}, fit.\n{plan}");
            partial += plan.IsFullOffload || plan.GpuLayers == 0 ? 0 : 1;
        }

        Assert.True(partial > Cases / 10, $"Only {partial} of {Cases} plans were partial.");
    }

    // Each GPU has room for its buffers and for some of the weights.
    private static PlanMachine Machine(Random random, ModelFootprint model, PlanOptions options)
    {
        PlanMachine machine = RandomMachine.Machine(random, model) with { RamBytes = 64L << 30 };
        long weights = model.Tensors.Sum(tensor => tensor.Bytes);
        long others = StageOne.Plan(model, machine, options).FullOffloadBytes - weights;
        return machine with
        {
            Devices = [.. machine.Devices.Take(3).Select(device => device with
            {
                ReserveBytes = 0,
                FreeBytes = (long)((others * (0.9 + (random.NextDouble() / 2))) + (weights * random.NextDouble() / 2)),
            })],
        };
    }

    private static TinyModelBuilder Model(Random random) => random.Next(4) switch
    {
        0 => HeaderModels.Dense(random.Next(2, 8), 2048, 32, 8, 8192, isTied: random.Next(2) == 0),
        1 => HeaderModels.Experts(random.Next(2, 8), 1024, 16, 4, 512, 32, 4, head: 64),
        2 => HeaderModels.Window(random.Next(6, 9), 1024, 16, 8, 4096, head: 64),
        _ => HeaderModels.Hybrid(random.Next(3, 8), 1024, 16, 4, 4096),
    };

    // The most modules on GPUs, and with those the fewest layers whose experts are in RAM.
    private static (int Modules, int FirstExpertLayer) Most(ModelFootprint model, OffloadPlan plan)
    {
        int modules = model.LayerCount + 1;
        int[] experts = model.HasExperts ? [.. Enumerable.Range(0, model.TrunkLayerCount + 1)] : [0];
        for (int start = 0; start < modules; start++)
        {
            foreach (int first in experts)
            {
                int[] placed = new int[modules];
                Array.Fill(placed, Placement.Host);
                if (AnyFits(placed, start, 0, new Placement { Modules = placed, FirstExpertLayer = first }, model, plan))
                {
                    return (modules - start, first);
                }
            }
        }

        return (0, 0);
    }

    private static bool AnyFits(int[] placed, int at, int device, Placement placement, ModelFootprint model, OffloadPlan plan)
    {
        if (at == placed.Length)
        {
            PlacementFigures figures = PlacementFigures.Of(model, plan.Basis.Machine, placement, plan.Basis.Settings);
            return figures.Order.TrueForAll(used => figures.Used(used) <= plan.Devices[used].BudgetBytes);
        }

        if (device == plan.Devices.Count)
        {
            return false;
        }

        for (int end = at; end <= placed.Length; end++)
        {
            Array.Fill(placed, device, at, end - at);
            if (AnyFits(placed, end, device + 1, placement, model, plan))
            {
                return true;
            }
        }

        return false;
    }
}
