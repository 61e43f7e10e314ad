namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class UsageTests
{
    [Theory]
    [InlineData("'localllm --help'")]
    [InlineData("'nonsense'", "nonsense")]
    [InlineData("'--prompt'", "generate", "guide")]
    [InlineData("'two'", "chat", "one", "two")]
    [InlineData("'TEXT'", "tokenize", "guide")]
    [InlineData("'surplus'", "hardware", "surplus")]
    [InlineData("--top-k takes a number that fits, not 'many'", "generate", "guide", "--prompt", "p", "--top-k", "many")]
    [InlineData("--seed takes a number that fits, not '99999999999999999999'", "chat", "--seed", "99999999999999999999")]
    [InlineData("--logit-bias takes a token's id and a number, such as 42=-1.5 or 42=-inf, not '7:1'", "generate", "guide", "--prompt", "p", "--logit-bias", "5=-inf", "--logit-bias", "7:1")]
    [InlineData("--xtc-threshold needs --xtc-probability", "chat", "--xtc-threshold", "0.1")]
    [InlineData("--logprobs needs --json", "generate", "guide", "--prompt", "p", "--logprobs", "2")]
    public async Task A_wrong_command_line_is_told_in_one_line_with_exit_code_2(string told, params string[] arguments) =>
        Assert.Contains(told, await Localllm.ErrorAsync(2, arguments), StringComparison.Ordinal);

    [Theory]
    [InlineData("chat", "missing.gguf")]
    [InlineData("generate", "missing.gguf", "--prompt", "p")]
    [InlineData("tokenize", "missing.gguf", "text")]
    public async Task A_missing_model_is_told_in_one_line_with_exit_code_1(params string[] arguments) =>
        Assert.Contains("missing.gguf", await Localllm.ErrorAsync(1, arguments), StringComparison.Ordinal);

    [Fact]
    public async Task A_file_that_is_no_model_is_told_in_one_line_with_exit_code_1() =>
        await Localllm.ErrorAsync(1, "tokenize", RepositoryFolder.Program(Localllm.Project), "text");

    [Theory]
    [InlineData("--temperature", "NaN")]
    [InlineData("--top-p", "7")]
    [InlineData("--min-p", "-0.1")]
    [InlineData("--max-tokens", "-3")]
    [InlineData("--repeat-penalty", "0")]
    [InlineData("--dry-multiplier", "-1")]
    [InlineData("--mirostat", "3")]
    [InlineData("--logit-bias", "9999999=1")]
    public async Task An_option_value_that_the_library_refuses_is_a_usage_error(string option, string value) =>
        await Localllm.ErrorAsync(2, "generate", "guide", "--prompt", "p", option, value);

    [Fact]
    public async Task Help_names_every_command()
    {
        string help = await Localllm.OutputAsync("--help");
        Assert.All(["localllm", "chat", "generate", "tokenize", "template", "hardware", "doctor", "plan", "inspect", "gguf", "pull", "list", "rm", "--verbose"], word => Assert.Contains(word, help, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verbose_adds_the_native_log_to_standard_error_only()
    {
        (int exitCode, string output, string error) = await Localllm.RunAsync("tokenize", "guide", "hello", "--verbose");
        Assert.Equal(0, exitCode);
        Assert.Equal(await Localllm.OutputAsync("tokenize", "guide", "hello"), output);
        Assert.Contains("llama", error, StringComparison.Ordinal);
    }
}
