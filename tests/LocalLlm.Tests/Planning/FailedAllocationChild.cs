using LocalLlm.Tests.FakeGpu;

namespace LocalLlm.Tests.Planning;

/// <summary>Each runs in a process of its own: fake GPUs stay registered. The first has the memory.</summary>
public sealed class FailedAllocationChild
{
    private const long MiB = 1L << 20;

    private readonly List<string> _lines = [];

    [Fact(Explicit = true)]
    public void Others_take_the_memory_between_plan_and_load()
    {
        SetUp(1024 * MiB);

        using LocalModel model = Load(new LoadOptions(), "loading model tensors", () => FakeGpus.Set(0, 200 * MiB, pipelines: true, copiesCache: true));

        Assert.Single(_lines, line => line.Contains("planned again", StringComparison.Ordinal));
        Assert.InRange(model.Plan.Devices[0].Modules, 1, 30);
        Assert.InRange(FakeGpus.Most(0), 1, 200 * MiB);
        Assert.Equal(model.Memory.AllocatedBytes("gpu0") / (double)MiB, FakeGpus.Allocated(0) / (double)MiB, 0.05);
    }

    [Fact(Explicit = true)]
    public void The_driver_tells_of_more_than_it_gives()
    {
        SetUp(1024 * MiB);
        FakeGpus.Hide(0, 824 * MiB);

        using (LocalModel model = Load(new LoadOptions()))
        {
            Assert.Single(_lines, line => line.Contains("planned again", StringComparison.Ordinal));
            Assert.InRange(model.Plan.Devices[0].Modules, 0, 30);
            Assert.InRange(FakeGpus.Allocated(0), 0, 200 * MiB);
        }

        Assert.Equal(0, FakeGpus.Allocated(0));
    }

    [Fact(Explicit = true)]
    public void A_placement_of_ones_own_is_not_overruled()
    {
        SetUp(1024 * MiB);
        FakeGpus.Hide(0, 824 * MiB);

        NotEnoughMemoryException error = Assert.Throws<NotEnoughMemoryException>(() => Load(new LoadOptions { GpuLayers = 31 }));

        Assert.Equal("gpu0", error.Device);
        Assert.InRange(error.NeededBytes, 250 * MiB, 400 * MiB);
        Assert.True(error.AvailableBytes < error.NeededBytes);
        Assert.Contains("gpu0: needs", error.Message, StringComparison.Ordinal);
        Assert.Contains("cpu: needs", error.Message, StringComparison.Ordinal);
        Assert.IsType<ModelLoadException>(error.InnerException);
        Assert.NotEmpty(error.Suggestions);
        // All of it is given back, and the process goes on.
        Assert.Equal(0, FakeGpus.Allocated(0));
        Assert.Equal(1024 * MiB, HardwareProfile.Detect().Gpus[0].FreeBytes);
        using LocalModel model = LocalModel.Load(TestModels.Guide, TestModels.OnCpu with { ContextLength = 256 });
        Assert.NotEmpty(model.Chat("Hello").Text);
    }

    [Fact(Explicit = true)]
    public void What_a_loading_model_will_take_is_counted_once()
    {
        SetUp(1024 * MiB);
        long? before = HardwareProfile.Detect().Gpus[0].FreeBytes;
        long? atStart = null;
        long? atEnd = null;
        using LocalModel model = Load(
            new LoadOptions { Progress = new Callback<LoadProgress>(_ => atEnd = HardwareProfile.Detect().Gpus[0].FreeBytes) },
            "loading model tensors",
            () => atStart = HardwareProfile.Detect().Gpus[0].FreeBytes);

        long left = before!.Value - model.Plan.Devices[0].UsedBytes;
        Assert.Equal(left, atStart);
        Assert.Equal(left, atEnd);
        Assert.Equal(left, HardwareProfile.Detect().Gpus[0].FreeBytes);
    }

    private static void SetUp(long bytes)
    {
        FakeGpus.Load(Environment.GetEnvironmentVariable("LOCALLLM_FAKE_GPU")!);
        for (int device = 0; device < FakeGpus.Count; device++)
        {
            FakeGpus.Set(device, device == 0 ? bytes : 0, pipelines: true, copiesCache: true);
        }
    }

    private LocalModel Load(LoadOptions options, string? at = null, Action? then = null)
    {
        Action? once = then;
        return LocalModel.Load(TestModels.SmolLm2, options with
        {
            ContextLength = 8192,
            Margin = 0,
            LoggerFactory = new CallbackLoggerFactory((_, line) =>
            {
                _lines.Add(line);
                if (at is not null && line.Contains(at, StringComparison.Ordinal))
                {
                    Interlocked.Exchange(ref once, null)?.Invoke();
                }
            }),
        });
    }
}
