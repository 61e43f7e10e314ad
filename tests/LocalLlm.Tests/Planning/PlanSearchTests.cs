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
        int partial = 0;
        Each((model, machine, options, random) =>
        {
            OffloadPlan plan = StageOne.Plan(model, machine, options with { Placement = (PlacementStrategy)random.Next(1, 4) });
            (int modules, int firstExperts) = Most(model, plan);
            Assert.True(
                modules == plan.TensorSplit.Sum() && (modules == 0 || firstExperts == plan.Basis.Placement.FirstExpertLayer),
                $"{modules} modules, experts from {firstExperts}, fit.\n{plan}");
            partial += plan.IsFullOffload || plan.GpuLayers == 0 ? 0 : 1;
        });
        Assert.True(partial > Cases / 10, $"Only {partial} of {Cases} plans were partial.");
    }

    // Without pipelines, whose buffers a division of one's own would not have.
    [Fact]
    public void No_division_of_as_many_layers_is_more_balanced_than_a_balanced_plan() => Each((model, drawn, options, _) =>
    {
        PlanMachine machine = drawn with { Devices = [.. drawn.Devices.Select(device => device with { CanPipeline = false })] };
        OffloadPlan plan = StageOne.Plan(model, machine, options with { Placement = PlacementStrategy.Balanced });
        if (plan.TensorSplit.Sum() is > 0 and int modules)
        {
            double flattest = Divisions(model, plan, model.LayerCount + 1 - modules, plan.Basis.Placement.FirstExpertLayer)
                .Where(figures => Fits(figures, plan))
                .Min(figures => figures.Order.Max(device => (double)figures.Used(device) / plan.Devices[device].BudgetBytes));
            double planned = plan.Devices.Where(device => device.UsedBytes > 0).Max(device => (double)device.UsedBytes / device.BudgetBytes);
            Assert.True(planned <= flattest + 1e-6, $"{flattest} is possible, {planned} is planned.\n{plan}");
        }
    });

    private static void Each(Action<ModelFootprint, PlanMachine, PlanOptions, Random> property)
    {
        Random random = new(20261128);
        for (int i = 0; i < Cases; i++)
        {
            ModelFootprint model = HeaderModels.Footprint(Model(random));
            PlanOptions options = RandomMachine.Options(random, model) with { ContextLength = 2048, MicroBatch = 256, MaxMemory = null, Margin = 0 };
            property(model, Machine(random, model, options), options, random);
        }
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

    private static TinyModelBuilder Model(Random random) => random.Next(5) switch
    {
        0 => HeaderModels.Dense(random.Next(2, 8), 2048, 32, 8, 8192, isTied: random.Next(2) == 0),
        // Experts smaller than the rest of their layers: room that is left takes them.
        4 => HeaderModels.Experts(random.Next(2, 8), 2048, 32, 8, 256, 4, 2, head: 64),
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
                if (Divisions(model, plan, start, first).Any(figures => Fits(figures, plan)))
                {
                    return (modules - start, first);
                }
            }
        }

        return (0, 0);
    }

    private static bool Fits(PlacementFigures figures, OffloadPlan plan) =>
        figures.Order.TrueForAll(device => figures.Used(device) <= plan.Devices[device].BudgetBytes);

    // All divisions of the modules from one on over any of the GPUs, in their order.
    private static IEnumerable<PlacementFigures> Divisions(ModelFootprint model, OffloadPlan plan, int start, int firstExpertLayer)
    {
        int[] modules = new int[model.LayerCount + 1];
        Array.Fill(modules, Placement.Host);
        Placement placement = new() { Modules = modules, FirstExpertLayer = firstExpertLayer };
        return Divide(start, 0);

        IEnumerable<PlacementFigures> Divide(int at, int device)
        {
            if (at == modules.Length)
            {
                yield return PlacementFigures.Of(model, plan.Basis.Machine, placement, plan.Basis.Settings);
                yield break;
            }

            for (int end = at; device < plan.Devices.Count && end <= modules.Length; end++)
            {
                Array.Fill(modules, device, at, end - at);
                foreach (PlacementFigures figures in Divide(end, device + 1))
                {
                    yield return figures;
                }
            }
        }
    }
}
