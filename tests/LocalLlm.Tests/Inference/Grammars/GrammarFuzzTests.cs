namespace LocalLlm.Tests.Inference;

/// <summary>
/// What our parser takes, llama.cpp must take and follow, in a child process that must live. LOCALLLM_FUZZ_COUNT and
/// LOCALLLM_FUZZ_SEED choose other runs.
/// </summary>
public sealed class GrammarFuzzTests
{
    [Fact]
    public async Task No_grammar_that_is_taken_ends_the_process()
    {
        using TemporaryFolder folder = new();
        string seed = Environment.GetEnvironmentVariable("LOCALLLM_FUZZ_SEED") ?? $"{Random.Shared.Next()}";
        string count = Environment.GetEnvironmentVariable("LOCALLLM_FUZZ_COUNT") ?? (Requirement.RunsAll ? "4000" : "200");
        TestContext.Current.TestOutputHelper?.WriteLine($"LOCALLLM_FUZZ_COUNT={count} LOCALLLM_FUZZ_SEED={seed}");
        string progress = folder.File("case.txt");

        Exception? failed = await Record.ExceptionAsync(() => ChildTest.PassesAsync(
            typeof(GrammarFuzzChild),
            nameof(GrammarFuzzChild.Follows_random_grammars),
            null,
            ("LOCALLLM_FUZZ_COUNT", count),
            ("LOCALLLM_FUZZ_SEED", seed),
            ("LOCALLLM_FUZZ_CASE", progress)));

        Assert.True(failed is null, $"LOCALLLM_FUZZ_SEED={seed}, {(File.Exists(progress) ? await File.ReadAllTextAsync(progress, TestContext.Current.CancellationToken) : "before the first case")}: {failed?.Message}");
    }
}
