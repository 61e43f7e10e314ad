using System.Diagnostics;
using System.Globalization;
using LocalLlm.Planning;
using LocalLlm.Tests.FakeGpu;

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
        Dictionary<string, ExactnessModel> models = [];
        ExactnessReport report = new();
        string[] names = [.. RealSizeModels.All.Keys];
        // Repeats one of them.
        int only = Environment.GetEnvironmentVariable("LOCALLLM_EXACTNESS_CASE") is { Length: > 0 } ? Number("LOCALLLM_EXACTNESS_CASE") : -1;
        for (int i = Math.Max(0, only); i < (only < 0 ? count : only + 1); i++)
        {
            string name = names[i % names.Length];
            if (!models.TryGetValue(name, out ExactnessModel? model))
            {
                models[name] = model = new ExactnessModel(RealSizeModels.All[name].Value);
            }

            Random random = new(unchecked((seed * 31) + i));
            PlanMachine machine = FakeMachine(random, model.Footprint);
            PlanOptions options = ExactnessCase.Options(random, model.Footprint, machine);
            string described = $"LOCALLLM_SEED={seed}, case {i}: {name}, {options}, {string.Join(", ", machine.Devices.Select(device => $"{device.FreeBytes / MiB} MiB{(device.CanPipeline ? "" : ", no pipeline")}"))}";
            try
            {
                Check(model, machine, options, report);
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

    private static void Check(ExactnessModel model, PlanMachine machine, PlanOptions options, ExactnessReport report)
    {
        OffloadPlan bounds;
        try
        {
            bounds = StageOne.Plan(model.Footprint, machine, options);
        }
        catch (NotEnoughMemoryException)
        {
            // The processor's part alone is too large, or a placement that was asked for.
            report.Refused++;
            return;
        }

        Compare(NativeTruth.Of(model.NextHeader(), bounds), bounds, report);
        OffloadPlan plan = StageTwo.Plan(model.File, model.Footprint, machine, options, Stopwatch.GetTimestamp());
        if (!plan.Verified)
        {
            Assert.Contains(plan.Warnings, warning => warning.Contains("recurrent states", StringComparison.Ordinal));
            report.Unasked++;
            return;
        }

        report.Time(plan.Elapsed);
        NativeTruth truth = NativeTruth.Of(model.NextHeader(), plan);
        Compare(truth, plan, report);
        Assert.True(plan.DeviceMap.Count > 0 && plan.TensorSplit.Sum() >= bounds.TensorSplit.Sum(), $"Fewer layers than by bounds alone.\n{bounds}\n{plan}");
        report.Gained += plan.TensorSplit.Sum() > bounds.TensorSplit.Sum() ? 1 : 0;
        if (plan.Devices.Any(device => device.UsedBytes > 0) && plan.Host.KvCacheBytes < 256 * MiB)
        {
            for (int i = 0; i < machine.Devices.Count; i++)
            {
                FakeGpus.Set(i, 1L << 40, machine.Devices[i].CanPipeline, machine.Devices[i].CopiesQuantizedCache);
            }

            NativeTruth real = NativeTruth.Of(model.NextHeader(), plan, allocates: true);
            for (int i = 0; i < machine.Devices.Count; i++)
            {
                Assert.InRange(real.Devices[i].Compute, 0, plan.Devices[i].ComputeBytes);
                Assert.InRange(FakeGpus.Most(i), 0, plan.Devices[i].BudgetBytes);
            }

            Assert.Equal(truth.Host.Compute, real.Host.Compute);

            report.Allocated++;
        }
    }

    [Fact(Explicit = true)]
    public void The_planner_asks_by_itself()
    {
        FakeGpus.Load(Environment.GetEnvironmentVariable("LOCALLLM_FAKE_GPU")!);
        using GgufFile file = HeaderModels.Open(RealSizeModels.All["llama 8B"].Value);
        HardwareProfile machine = new()
        {
            Gpus = [Gpu("Fake0", 5000), Gpu("Fake1", 4600)],
            Ram = new RamProfile { AvailableBytes = 64L << 30, TotalBytes = 64L << 30 },
            Cpu = new CpuProfile { Name = "a processor" },
        };
        PlanOptions options = new() { ContextLength = 8192, Placement = PlacementStrategy.Balanced };
        OffloadPlan plan = OffloadPlanner.Plan(file, machine, options);
        Assert.True(plan.Verified, string.Join('\n', plan.Warnings));
        Assert.True(plan.Basis.Machine.Devices[0].CanPipeline);

        // What the devices can is asked, not assumed.
        FakeGpus.Set(1, 4600 * MiB, pipelines: false, copiesCache: true);
        Assert.False(OffloadPlanner.Plan(file, machine, options).Basis.Machine.Devices[1].CanPipeline);

        // A placement that is over a budget by its bounds only.
        PlanOptions whole = options with { GpuLayers = 33, Margin = 0 };
        DevicePlan needed = OffloadPlanner.Plan(file, Alone(24L << 30), whole).Devices[0];
        HardwareProfile tight = Alone(needed.UsedBytes + needed.ReserveBytes);
        Assert.Throws<NotEnoughMemoryException>(() => OffloadPlanner.Plan(file, tight, whole with { Verify = false }));
        Assert.True(OffloadPlanner.Plan(file, tight, whole).Verified);

        // A GPU that no backend here shows.
        OffloadPlan elsewhere = OffloadPlanner.Plan(file, machine with { Gpus = [Gpu("CUDA7", 9000)] }, options);
        Assert.False(elsewhere.Verified);

        HardwareProfile Alone(long bytes) => machine with { Gpus = [Gpu("Fake0", 0) with { FreeBytes = bytes, TotalBytes = bytes }] };
    }

    private static GpuProfile Gpu(string name, long mebibytes) => new() { Name = name, Backend = "Fake", TotalBytes = mebibytes * MiB, FreeBytes = mebibytes * MiB };

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
            Placement placement = plan.Basis.Placement;
            bool isMeasuredShort = placement.Modules[0] != Placement.Host && !placement.IsPipelined;
            long missable = 3 * sizeof(float) * plan.Basis.Settings.BatchTokens * Math.Max(plan.Basis.Model.Work.Embedding, plan.Basis.Model.Work.Queries);
            foreach ((int index, DevicePlan device) in plan.Devices.Index().Where(device => device.Item.UsedBytes > 0))
            {
                // StageTwo.ComputeOn says why.
                long missed = isMeasuredShort && index != Array.Find(placement.Modules, module => module != Placement.Host) ? missable : 0;
                Assert.InRange(device.ComputeBytes - truth.Devices[index].Compute - missed, 0, Tolerance);
            }

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
