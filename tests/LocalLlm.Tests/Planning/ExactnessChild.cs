using System.Globalization;
using LocalLlm.Planning;
using LocalLlm.Tests.FakeGpu;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

/// <summary>Runs in a process of its own: fake GPUs stay registered.</summary>
public sealed class ExactnessChild
{
    private const long MiB = 1L << 20;

    /// <summary>0.01 MiB.</summary>
    private const long Tolerance = 10486;

    [Fact(Explicit = true)]
    public void Plans_are_what_llama_cpp_takes()
    {
        int count = Number("LOCALLLM_EXACTNESS_COUNT");
        int seed = Number("LOCALLLM_SEED");
        FakeGpus.Load(Environment.GetEnvironmentVariable("LOCALLLM_FAKE_GPU")!);
        Dictionary<string, (TinyModelBuilder Header, GgufFile File, ModelFootprint Footprint)> models = [];
        ExactnessReport report = new();
        string[] names = [.. RealSizeModels.All.Keys];
        for (int i = 0; i < count; i++)
        {
            string name = names[i % names.Length];
            if (!models.TryGetValue(name, out var model))
            {
                TinyModelBuilder header = RealSizeModels.All[name].Value;
                GgufFile file = HeaderModels.Open(header);
                models[name] = model = (header, file, ModelFootprint.Of(file));
            }

            Random random = new(unchecked((seed * 31) + i));
            PlanMachine machine = FakeMachine(random, model.Footprint);
            PlanOptions options = ExactnessCase.Options(random, model.Footprint, machine);
            string described = $"LOCALLLM_SEED={seed}, case {i}: {name}, {options}, {string.Join(", ", machine.Devices.Select(device => $"{device.FreeBytes / MiB} MiB{(device.CanPipeline ? "" : ", no pipeline")}"))}";
            try
            {
                Check(model.Header, model.File, model.Footprint, machine, options, report);
            }
            catch (Exception e)
            {
                report.Fail(described, e);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{report}");
        File.WriteAllText(Environment.GetEnvironmentVariable("LOCALLLM_EXACTNESS_REPORT")!, $"{report}");
        report.AssertGood(count);
    }

    private static void Check(TinyModelBuilder header, GgufFile file, ModelFootprint model, PlanMachine machine, PlanOptions options, ExactnessReport report)
    {
        OffloadPlan bounds;
        try
        {
            bounds = StageOne.Plan(model, machine, options);
        }
        catch (NotEnoughMemoryException)
        {
            // The processor's part alone is too large, or a placement that was asked for.
            report.Refused++;
            return;
        }

        Compare(NativeTruth.Of(header, bounds), bounds, report);
        OffloadPlan plan = StageTwo.Plan(file, model, machine, options, 0);
        Assert.True(plan.Verified, string.Join('\n', plan.Warnings));
        NativeTruth truth = NativeTruth.Of(header, plan);
        Compare(truth, plan, report);
        Assert.True(plan.DeviceMap.Count > 0 && plan.TensorSplit.Sum() >= bounds.TensorSplit.Sum(), "Fewer layers than by bounds alone.");
        report.Gained += plan.TensorSplit.Sum() > bounds.TensorSplit.Sum() ? 1 : 0;
        if (plan.Devices.Any(device => device.UsedBytes > 0) && plan.Host.KvCacheBytes < 256 * MiB)
        {
            for (int i = 0; i < machine.Devices.Count; i++)
            {
                FakeGpus.Set(i, plan.Devices[i].BudgetBytes, machine.Devices[i].CanPipeline, machine.Devices[i].CopiesQuantizedCache);
            }

            // With no byte more than the budgets.
            NativeTruth.Of(header, plan, allocates: true);
            for (int i = 0; i < machine.Devices.Count; i++)
            {
                Assert.InRange(FakeGpus.Most(i), 0, plan.Devices[i].BudgetBytes);
            }

            report.Allocated++;
        }
    }

    private static void Compare(NativeTruth truth, OffloadPlan plan, ExactnessReport report)
    {
        for (int i = 0; i < plan.Devices.Count; i++)
        {
            DevicePlan device = plan.Devices[i];
            (long weights, long context, long compute) = truth.Devices[i];
            Assert.Equal((weights, context), (device.WeightBytes, device.KvCacheBytes));
            Assert.True(weights + context + compute <= device.BudgetBytes, $"{device.Name} takes {weights + context + compute} of {device.BudgetBytes}.");
            report.Compute(plan, device.ComputeBytes, compute);
        }

        Assert.Equal(truth.Host.Context, plan.Host.KvCacheBytes);
        Assert.Equal(truth.Host.Weights, plan.Host.WeightBytes);
        long logits = sizeof(float) * plan.Basis.Model.Work.Vocabulary * Math.Max(plan.MostOutputs, plan.Sequences);
        report.Compute(plan, plan.Host.ComputeBytes - logits, truth.Host.Compute, isHost: true);
        if (plan.Verified)
        {
            Assert.All(plan.Devices.Index(), device => Assert.InRange(device.Item.ComputeBytes - truth.Devices[device.Index].Compute, 0, Tolerance));
            Assert.InRange(plan.Host.ComputeBytes - logits - truth.Host.Compute, 0, 2 * Tolerance);
        }
    }

    private static PlanMachine FakeMachine(Random random, ModelFootprint model)
    {
        long weights = model.Tensors.Sum(tensor => tensor.Bytes);
        int count = random.Next(1, FakeGpus.Count + 1);
        bool copies = random.Next(2) == 0;
        bool pipelines = random.Next(4) > 0;
        PlanDevice[] devices = [.. Enumerable.Range(0, count).Select(i => new PlanDevice
        {
            Name = $"gpu{i}",
            NativeName = $"Fake{i}",
            FreeBytes = (random.Next(700, 3000) * MiB) + (long)(weights * random.NextDouble() * (count == 1 ? 1.6 : 1)),
            CanPipeline = pipelines,
            CopiesQuantizedCache = copies,
        })];
        for (int i = 0; i < count; i++)
        {
            FakeGpus.Set(i, devices[i].FreeBytes!.Value, pipelines, copies);
        }

        return new PlanMachine { RamBytes = 512L << 30, Devices = devices };
    }

    private static int Number(string variable) => int.Parse(Environment.GetEnvironmentVariable(variable)!, CultureInfo.InvariantCulture);
}
