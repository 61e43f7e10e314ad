using System.Text.Json;

namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class GenerateCommandTests
{
    private const string Prompt = "<|im_start|>user\nWhat is a GGUF file?<|im_end|>\n<|im_start|>assistant\n";
    private static readonly string[] Greedy = ["generate", "guide", "--prompt", Prompt, "--temperature", "0", "--threads", "1"];

    [Fact]
    public async Task Text_and_json_hold_the_same_answer()
    {
        JsonElement json = await Localllm.JsonAsync(Greedy);

        Assert.Equal(["text", "tokenIds", "promptTokens", "finishReason", "timings"], Localllm.Names(json));
        string text = json.GetProperty("text").GetString()!;
        Assert.Contains("GGUF", text, StringComparison.Ordinal);
        Assert.Equal("stop", json.GetProperty("finishReason").GetString());
        Assert.True(json.GetProperty("promptTokens").GetInt32() > 5);
        Assert.True(json.GetProperty("timings").GetProperty("decodeTokensPerSecond").GetDouble() > 0);
        Assert.Equal(text + Environment.NewLine, await Localllm.OutputAsync(Greedy));
    }

    [Fact]
    public async Task Max_tokens_ends_the_answer()
    {
        JsonElement json = await Localllm.JsonAsync([.. Greedy, "--max-tokens", "3"]);
        Assert.Equal(3, json.GetProperty("tokenIds").GetArrayLength());
        Assert.Equal("length", json.GetProperty("finishReason").GetString());
    }

    [Fact]
    public async Task Each_stop_text_ends_the_answer()
    {
        string whole = await Localllm.OutputAsync(Greedy);
        string[] words = whole.Split(' ');

        string cut = await Localllm.OutputAsync([.. Greedy, "--stop", "never written", "--stop", " " + words[2]]);

        Assert.Equal($"{words[0]} {words[1]}{Environment.NewLine}", cut);
    }

    [Fact]
    public async Task A_grammar_forms_the_text_and_its_errors_name_the_place()
    {
        using TemporaryFolder folder = new();
        string grammar = folder.File("answer.gbnf");
        await File.WriteAllTextAsync(grammar, "root ::= [0-9]{3}\n", TestContext.Current.CancellationToken);
        Assert.Matches("^[0-9]{3}\\s*$", await Localllm.OutputAsync([.. Greedy, "--grammar", grammar]));

        await File.WriteAllTextAsync(grammar, "root ::= [0-9]\n  number", TestContext.Current.CancellationToken);
        Assert.Contains("line 2, column 9", await Localllm.ErrorAsync(1, [.. Greedy, "--grammar", grammar]), StringComparison.Ordinal);
        Assert.Contains("missing.gbnf", await Localllm.ErrorAsync(1, [.. Greedy, "--grammar", folder.File("missing.gbnf")]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_seed_draws_the_same_text()
    {
        string[] drawn = ["generate", "guide", "--prompt", Prompt, "--threads", "1", "--temperature", "3", "--top-k", "0", "--top-p", "1", "--min-p", "0", "--max-tokens", "20"];
        string first = await Localllm.OutputAsync([.. drawn, "--seed", "7"]);
        Assert.Equal(first, await Localllm.OutputAsync([.. drawn, "--seed", "7"]));
        Assert.NotEqual(first, await Localllm.OutputAsync([.. drawn, "--seed", "8"]));
    }

    [Fact]
    public async Task Every_sampling_option_reaches_the_model()
    {
        int first = (await Localllm.JsonAsync([.. Greedy, "--max-tokens", "1"])).GetProperty("tokenIds")[0].GetInt32();
        JsonElement json = await Localllm.JsonAsync([
            .. Greedy[..^4], "--threads", "1", "--max-tokens", "3", "--temperature", "0.7", "--seed", "1",
            "--repeat-penalty", "1.1", "--repeat-last-n", "-1", "--frequency-penalty", "0.1", "--presence-penalty", "-0.1",
            "--dry-multiplier", "0.8", "--dry-base", "1.5", "--dry-allowed-length", "3", "--top-n-sigma", "2", "--typical", "0.9",
            "--xtc-probability", "0.5", "--xtc-threshold", "0.2", "--dynatemp-range", "0.3", "--dynatemp-exp", "1.5",
            "--mirostat", "0", "--mirostat-tau", "4", "--mirostat-eta", "0.2",
            "--logit-bias", $"{first}=-inf", "--logit-bias", "1000=1e4", "--logprobs", "2"]);

        Assert.Equal([1000, 1000, 1000], json.GetProperty("tokenIds").EnumerateArray().Select(id => id.GetInt32()));
        JsonElement[] logprobs = [.. json.GetProperty("logprobs").EnumerateArray()];
        Assert.Equal(3, logprobs.Length);
        Assert.Equal(["id", "token", "logprob", "topLogprobs"], Localllm.Names(logprobs[0]));
        Assert.Equal(first, logprobs[0].GetProperty("topLogprobs")[0].GetProperty("id").GetInt32());
        Assert.Equal(["id", "token", "logprob"], Localllm.Names(logprobs[0].GetProperty("topLogprobs")[1]));
    }

    [Fact]
    public async Task A_prompt_longer_than_the_context_is_an_error_with_both_numbers() =>
        Assert.Matches("[0-9]+.*64|64.*[0-9]+", await Localllm.ErrorAsync(1, "generate", "guide", "--context", "64", "--prompt", string.Join(' ', Enumerable.Repeat("word", 200))));

    [Fact]
    public async Task Ctrl_C_ends_it_with_exit_code_130()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends SIGINT");
        using ChildProcess process = Localllm.Start(["generate", "guide", "--prompt", "p", .. Endless.Sampling]);
        await process.ReadUntilAsync(" ");

        process.SendInterrupt();

        (int exitCode, string output, string error) = await process.EndAsync();
        Assert.Equal(130, exitCode);
        Assert.Equal("", error);
        Assert.True(output.Length < 8000, $"It went on for {output.Length} characters.");
    }
}
