using System.Text.Json;

namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class TokenizeCommandTests
{
    [Fact]
    public async Task Json_holds_each_token_with_its_text()
    {
        JsonElement json = await Localllm.JsonAsync("tokenize", "guide", "What is a GGUF file?");

        Assert.Equal(["count", "tokens"], Localllm.Names(json));
        JsonElement[] tokens = [.. json.GetProperty("tokens").EnumerateArray()];
        Assert.Equal(tokens.Length, json.GetProperty("count").GetInt32());
        Assert.All(tokens, token => Assert.Equal(["id", "text"], Localllm.Names(token)));
        Assert.Equal("What is a GGUF file?", string.Concat(tokens.Select(token => token.GetProperty("text").GetString())));
    }

    [Fact]
    public async Task Each_token_is_one_line()
    {
        string output = await Localllm.OutputAsync("tokenize", "guide", "one\ntwo");

        string[] lines = output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Matches("^ *[0-9]+  \".+\"$", line));
        Assert.Equal("one\\ntwo", string.Concat(lines.Select(line => line[(line.IndexOf('"', StringComparison.Ordinal) + 1)..^1])));
    }
}
