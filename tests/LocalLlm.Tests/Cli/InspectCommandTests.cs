using System.Text.Json;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class InspectCommandTests
{
    private const string Token = "hf_secret";

    private static readonly byte[] Refused = GgufBytes.Start(2, 3)
        .String("general.architecture", "sample")
        .String("bad\u001b[31m\nkey", "\u001b]0;title\u0007")
        .Key("\u00ff", GgufValueType.Float32).U32(0x7FC00000)
        .Tensor("twice", 0, 0, 8).Tensor("twice", 0, 32, 8).Pad().Data(64).ToArray();

    [Fact]
    public async Task Tables_show_the_guide_model()
    {
        string output = await Localllm.OutputAsync("inspect", "guide");

        using GgufFile file = GgufFile.Open(GuideModel.Path);
        int template = file.Metadata.GetString("tokenizer.chat_template").Length;
        int words = file.Summarize().VocabularySize!.Value;
        Assert.Contains(Path.GetFileName(GuideModel.Path), output.Split(Environment.NewLine)[0], StringComparison.Ordinal);
        Assert.All(file.Metadata.Keys, key => Assert.Contains(key, output, StringComparison.Ordinal));
        Assert.All(file.Summarize().Layers, layer => Assert.Contains(layer.Name, output, StringComparison.Ordinal));
        Assert.Matches(FormattableString.Invariant($"tokenizer.chat_template .*present, {template:N0} characters"), output);
        Assert.Contains(FormattableString.Invariant($", …] ({words:N0} elements)"), output, StringComparison.Ordinal);
        Assert.DoesNotContain("{%", output, StringComparison.Ordinal);
        Assert.DoesNotContain("blk.0.attn_q.weight", output, StringComparison.Ordinal);
        Assert.Matches("parameters .*5,77[0-9],[0-9]{3}", output);
        Assert.Matches("file type .*F16", output);
        Assert.EndsWith($"No problems found.{Environment.NewLine}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_holds_what_the_library_says()
    {
        JsonElement json = await Localllm.JsonAsync("inspect", "guide");

        Assert.Equal(
            [
                "location", "fileBytes", "architecture", "name", "fileType", "parameterCount", "tensorCount", "tensorBytes", "bitsPerParameter",
                "blockCount", "contextLength", "vocabularySize", "hasChatTemplate", "parts", "metadata", "layers", "types", "problems",
            ],
            Localllm.Names(json));
        using GgufFile file = GgufFile.Open(GuideModel.Path);
        GgufSummary summary = file.Summarize();
        Assert.Equal(file.FileLength, json.GetProperty("fileBytes").GetInt64());
        Assert.Equal(summary.ParameterCount, json.GetProperty("parameterCount").GetInt64());
        Assert.Equal(summary.TensorBytes, Sum(json, "layers"));
        Assert.Equal(summary.TensorBytes, Sum(json, "types"));
        Assert.Equal(0, json.GetProperty("problems").GetArrayLength());
        Assert.Equal(file.Metadata.Keys, json.GetProperty("metadata").EnumerateArray().Select(entry => entry.GetProperty("key").GetString()));
        JsonElement tokens = Entry(json, "tokenizer.ggml.tokens");
        Assert.Equal("String[]", tokens.GetProperty("type").GetString());
        Assert.Equal(summary.VocabularySize, tokens.GetProperty("length").GetInt32());
        Assert.Equal(file.Metadata.GetArray<string>("tokenizer.ggml.tokens").Take(32), tokens.GetProperty("value").EnumerateArray().Select(token => token.GetString()));
        Assert.Equal(JsonValueKind.Null, Entry(json, "tokenizer.chat_template").GetProperty("value").ValueKind);
    }

    [Fact]
    public async Task Values_of_each_type_are_shown()
    {
        using TestFolder folder = new();
        string path = folder.Write("model.gguf", SampleModel.Build(nested: true));

        JsonElement json = await Localllm.JsonAsync("inspect", path, "--tensors");

        Assert.Equal(ulong.MaxValue, Entry(json, "u64").GetProperty("value").GetUInt64());
        Assert.Equal(long.MinValue, Entry(json, "i64").GetProperty("value").GetInt64());
        Assert.Equal(200, Entry(json, "u8").GetProperty("value").GetInt32());
        Assert.Equal(-2.25, Entry(json, "f64").GetProperty("value").GetDouble());
        Assert.True(Entry(json, "bool").GetProperty("value").GetBoolean());
        Assert.Equal("héllo 🦙", Entry(json, "text").GetProperty("value").GetString());
        Assert.Equal("""[0,-1,"NaN"]""", Entry(json, "scores").GetProperty("value").GetRawText());
        Assert.Equal("[true,false,true]", Entry(json, "flags").GetProperty("value").GetRawText());
        Assert.Equal("[]", Entry(json, "empty").GetProperty("value").GetRawText());
        Assert.Equal(3, Entry(json, "nested").GetProperty("length").GetInt32());
        JsonElement[] tensors = [.. json.GetProperty("tensors").EnumerateArray()];
        Assert.Equal(SampleModel.Tensors.Select(tensor => tensor.Name), tensors.Select(tensor => tensor.GetProperty("name").GetString()));
        Assert.Equal(["name", "type", "shape", "parameterCount", "bytes", "part", "fileOffset"], Localllm.Names(tensors[0]));
        Assert.Equal("[256,8]", tensors[0].GetProperty("shape").GetRawText());
    }

    [Fact]
    public async Task A_file_that_would_be_refused_is_shown_with_its_problems()
    {
        using TestFolder folder = new();
        string path = folder.Write("refused.gguf", Refused);
        using GgufFile file = GgufFile.Open(path);
        GgufFinding expected = Assert.Single(file.Validate(), finding => finding.Code == "duplicate-tensor");

        string output = await Localllm.OutputAsync("inspect", path, "--tensors");
        JsonElement json = await Localllm.JsonAsync("inspect", path);

        Assert.Matches($"refuse .* twice .* {expected.Offset} ", output);
        Assert.Contains(expected.Message, output, StringComparison.Ordinal);
        Assert.Contains("It would not be loaded.", output, StringComparison.Ordinal);
        JsonElement problem = json.GetProperty("problems").EnumerateArray().Single(item => item.GetProperty("code").GetString() == expected.Code);
        Assert.Equal(["severity", "code", "field", "offset", "part", "message"], Localllm.Names(problem));
        Assert.Equal("refuse", problem.GetProperty("severity").GetString());
        Assert.Equal("twice", problem.GetProperty("field").GetString());
        Assert.Equal(expected.Offset, problem.GetProperty("offset").GetInt64());
    }

    [Fact]
    public async Task Text_of_a_file_can_not_command_the_terminal()
    {
        using TestFolder folder = new();

        string output = await Localllm.OutputAsync("inspect", folder.Write("refused.gguf", Refused));

        Assert.DoesNotContain('\u001b', output);
        Assert.DoesNotContain('\u0007', output);
        Assert.Contains("bad\\u001B[31m\\nkey", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.gguf")]
    [InlineData("http://127.0.0.1:1/model.gguf?secret")]
    public async Task What_can_not_be_opened_is_told_in_one_line_with_exit_code_1(string model)
    {
        string error = await Localllm.ErrorAsync(1, "inspect", model);
        Assert.Contains(model.Split('?')[0], error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_an_address_only_the_header_is_read()
    {
        byte[] bytes = new byte[8_000_000];
        HttpTestModels.Large.CopyTo(bytes, 0);
        await using HttpFileServer server = await HttpFileServer.ServeAsync(bytes);

        JsonElement json = await Localllm.JsonAsync("inspect", server.File().ToString());

        Assert.Equal(server.File().ToString(), json.GetProperty("location").GetString());
        Assert.Equal(bytes.Length, json.GetProperty("fileBytes").GetInt64());
        Assert.Equal(300_000, Entry(json, "tokens").GetProperty("length").GetInt32());
        Assert.All(server.Requests, request => Assert.NotNull(request.Range));
        Assert.All(server.Requests, request => Assert.Null(request.Authorization));
    }

    [Fact]
    public async Task The_token_is_sent_only_where_asked_for()
    {
        await using HttpFileServer server = await HttpFileServer.StartAsync(async (context, _) =>
        {
            if (context.Request.Headers.Authorization != $"Bearer {Token}")
            {
                context.Response.StatusCode = 401;
                return;
            }
            await HttpFileServer.SendRangeAsync(context, HttpTestModels.Small);
        });

        (int without, _, string error) = await WithTokenAsync(Token, "inspect", server.File().ToString());
        (int with, string output, _) = await WithTokenAsync($"{Token}\n", "inspect", server.File().ToString(), "--hf-token");

        Assert.Equal(1, without);
        Assert.Contains("401", error, StringComparison.Ordinal);
        Assert.Equal(0, with);
        Assert.Contains("sample", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, output + error, StringComparison.Ordinal);
        Assert.Null(server.Requests.First().Authorization);
    }

    [Theory]
    [InlineData("", "http://127.0.0.1:1/model.gguf", "--hf-token")]
    [InlineData(Token, "guide", "--hf-token")]
    [InlineData(Token, "ftp://127.0.0.1/model.gguf")]
    [InlineData(Token, "http://")]
    public async Task What_can_not_be_asked_for_is_a_usage_error(string token, params string[] arguments)
    {
        (int exitCode, string output, string error) = await WithTokenAsync(token, ["inspect", .. arguments]);
        Assert.Equal(2, exitCode);
        Assert.Equal("", output);
        Assert.Matches("^localllm: [^\n]+\n$", error);
    }

    private static async Task<(int ExitCode, string Output, string Error)> WithTokenAsync(string token, params string[] arguments)
    {
        using ChildProcess process = ChildProcess.Dotnet(Localllm.Project, arguments, ("HF_TOKEN", token));
        return await process.EndAsync();
    }

    private static JsonElement Entry(JsonElement json, string key) =>
        json.GetProperty("metadata").EnumerateArray().Single(entry => entry.GetProperty("key").GetString() == key);

    private static long Sum(JsonElement json, string list) =>
        json.GetProperty(list).EnumerateArray().Sum(item => item.GetProperty("bytes").GetInt64());
}
