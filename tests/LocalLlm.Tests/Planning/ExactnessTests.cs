using LocalLlm.Tests.FakeGpu;

namespace LocalLlm.Tests.Planning;

/// <summary>
/// Random plans of models of real sizes on one to four fake GPUs, held against llama.cpp's own account: weights and KV cache
/// to the byte, bounds never below, verified compute buffers within 0.01 MiB, no device over its budget. LOCALLLM_SEED repeats a run.
/// </summary>
public sealed class ExactnessTests
{
    [Fact]
    public Task The_planner_asks_by_itself() =>
        ChildTest.PassesAsync(typeof(ExactnessChild), nameof(ExactnessChild.The_planner_asks_by_itself), null, ("LOCALLLM_FAKE_GPU", FakeGpus.Build()));

    [Fact]
    public async Task Plans_are_what_llama_cpp_takes()
    {
        string library = FakeGpus.Build();
        using TemporaryFolder folder = new();
        string report = folder.File("report.txt");
        Exception? failed = await Record.ExceptionAsync(() => ChildTest.PassesAsync(
            typeof(ExactnessChild),
            nameof(ExactnessChild.Plans_are_what_llama_cpp_takes),
            null,
            ("LOCALLLM_FAKE_GPU", library),
            ("LOCALLLM_EXACTNESS_COUNT", Environment.GetEnvironmentVariable("LOCALLLM_EXACTNESS_COUNT") ?? (Requirement.RunsAll ? "420" : "28")),
            ("LOCALLLM_EXACTNESS_REPORT", report),
            ("LOCALLLM_SEED", Environment.GetEnvironmentVariable("LOCALLLM_SEED") ?? "20261128")));

        TestContext.Current.TestOutputHelper?.WriteLine(File.Exists(report) ? await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken) : "no report");
        Assert.True(failed is null, failed?.Message);
    }
}
