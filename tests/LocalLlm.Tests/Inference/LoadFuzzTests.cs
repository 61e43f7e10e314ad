namespace LocalLlm.Tests.Inference;

/// <summary>
/// Damaged files go all the way: through LocalModel.Load and eight tokens, in a child process. A typed exception or a
/// correct load; never a dead process. LOCALLLM_FUZZ_COUNT and LOCALLLM_FUZZ_SEED choose other runs.
/// </summary>
public sealed class LoadFuzzTests
{
    [Fact]
    public async Task No_damaged_file_ends_the_process()
    {
        using TemporaryFolder folder = new();
        string seed = Environment.GetEnvironmentVariable("LOCALLLM_FUZZ_SEED") ?? $"{Random.Shared.Next()}";
        string count = Environment.GetEnvironmentVariable("LOCALLLM_FUZZ_COUNT") ?? (Requirement.RunsAll ? "200" : "20");
        TestContext.Current.TestOutputHelper?.WriteLine($"LOCALLLM_FUZZ_COUNT={count} LOCALLLM_FUZZ_SEED={seed}");
        string progress = folder.File("case.txt");

        Exception? failed = await Record.ExceptionAsync(() => ChildTest.PassesAsync(
            typeof(LoadFuzzChild),
            nameof(LoadFuzzChild.Loads_damaged_files),
            null,
            ("LOCALLLM_FUZZ_COUNT", count),
            ("LOCALLLM_FUZZ_SEED", seed),
            ("LOCALLLM_FUZZ_FOLDER", $"{folder}")));

        Assert.True(failed is null, $"LOCALLLM_FUZZ_SEED={seed}, {(File.Exists(progress) ? await File.ReadAllTextAsync(progress, TestContext.Current.CancellationToken) : "before the first case")}: {failed?.Message}");
    }
}
