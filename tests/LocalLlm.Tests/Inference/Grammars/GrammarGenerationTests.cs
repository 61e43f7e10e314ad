using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Inference;

public sealed class GrammarGenerationTests(GuideFixture guide) : IClassFixture<GuideFixture>
{
    private const string Prompt = "<|im_start|>user\nWhat is a GGUF file?<|im_end|>\n<|im_start|>assistant\n";

    private const string Object = """
        root ::= "{" ws "\"name\":" ws string "," ws "\"size\":" ws number ws "}"
        string ::= "\"" [a-zA-Z ]{1,12} "\""
        number ::= [1-9] [0-9]{0,3}
        ws ::= " "?
        """;

    private readonly LocalModel _model = guide.Model;

    public static TheoryData<GenerationOptions> Samplings => new(
        new GenerationOptions { Temperature = 0 },
        new GenerationOptions { Temperature = 0, RepetitionPenalty = 1.3f },
        new GenerationOptions { Temperature = 1, TopK = 1 },
        new GenerationOptions { Temperature = 3, TopK = 0, TopP = 1, MinP = 0, Seed = 5 },
        new GenerationOptions { Temperature = 1, Mirostat = new MirostatOptions(), Seed = 6 });

    // Some files give the token that ends a text a visible text of its own: to a grammar it is the end all the same.
    [Fact]
    public void A_token_that_ends_the_text_is_no_text_of_the_grammar()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("visible-end.gguf");
        GgufFile.EditMetadata(GuideModel.Path, path, m => m.SetUInt32("tokenizer.ggml.eos_token_id", 1000), cancellationToken: TestContext.Current.CancellationToken);
        using LocalModel model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 256 });
        Assert.NotEmpty(model.Detokenize([1000]));
        GenerationOptions ending = new() { Temperature = 0, LogitBias = new Dictionary<int, float> { [1000] = 100 }, Grammar = "root ::= [^\\n]{12,16}" };

        GenerateReply reply = model.Generate(Prompt, ending);

        Assert.InRange(reply.Text.Length, 12, 16);
        Assert.Equal(ChatFinishReason.Stop, reply.FinishReason);
    }

    [Theory, MemberData(nameof(Samplings))]
    public void Text_matches_the_grammar_and_ends_with_it(GenerationOptions options)
    {
        AssertMatches("^(yes|no)$", "root ::= \"yes\" | \"no\"");
        AssertMatches("^[0-9]{3,5}$", "root ::= [0-9]{3,5}");
        AssertMatches("^(模|é|😀){2,4}!$", "root ::= (\"模\" | \"é\" | \"\\U0001F600\"){2,4} \"!\"");
        JsonElement value = JsonDocument.Parse(AssertMatches("^{.*}$", Object)).RootElement;
        Assert.InRange(value.GetProperty("name").GetString()!.Length, 1, 12);
        Assert.InRange(value.GetProperty("size").GetInt32(), 1, 9999);

        string AssertMatches(string pattern, string grammar)
        {
            GenerateReply reply = _model.Generate(Prompt, options with { Grammar = grammar, MaxOutputTokens = 100 });
            Assert.Matches(new Regex(pattern, RegexOptions.CultureInvariant), reply.Text);
            Assert.Equal(ChatFinishReason.Stop, reply.FinishReason);
            return reply.Text;
        }
    }

    [Fact]
    public void A_grammar_that_the_model_keeps_by_itself_changes_nothing()
    {
        GenerationOptions greedy = new() { Temperature = 0, MaxOutputTokens = 40 };
        GenerationOptions drawn = new() { Seed = 3, MaxOutputTokens = 40 };

        Assert.Equal(_model.Generate(Prompt, greedy).TokenIds, _model.Generate(Prompt, greedy with { Grammar = "root ::= .*" }).TokenIds);
        Assert.Equal(_model.Generate(Prompt, drawn).TokenIds, _model.Generate(Prompt, drawn with { Grammar = "root ::= .*" }).TokenIds);
    }

    [Fact]
    public void Where_no_token_fits_the_call_fails_and_the_model_goes_on()
    {
        // No token may be drawn of the two that could write it.
        GenerationOptions banned = new()
        {
            Grammar = "root ::= \"a\" \"\\u6a21\"",
            LogitBias = Enumerable.Range(0, _model.Info.VocabularySize).Where(t => _model.Detokenize([t]) is not "a").ToDictionary(t => t, _ => float.NegativeInfinity),
        };

        GrammarException error = Assert.Throws<GrammarException>(() => _model.Generate(Prompt, banned));

        Assert.Contains("no token", error.Message, StringComparison.Ordinal);
        Assert.Null(error.Line);
        Assert.Equal("yes", _model.Generate(Prompt, new GenerationOptions { Grammar = "root ::= \"yes\"" }).Text);
    }

    [Theory]
    [InlineData("root ::= \"yes\"", "yes")]
    [InlineData("root ::= \"\"", "")]
    public void A_text_ends_with_its_grammar_without_a_token_for_it(string grammar, string text)
    {
        GenerationOptions options = new()
        {
            Grammar = grammar,
            LogitBias = Enumerable.Range(0, _model.Info.VocabularySize).Where(t => _model.Detokenize([t]).Length == 0).ToDictionary(t => t, _ => float.NegativeInfinity),
        };

        GenerateReply reply = _model.Generate(Prompt, options);

        Assert.Equal((text, ChatFinishReason.Stop), (reply.Text, reply.FinishReason));
    }

    [Fact]
    public void A_wrong_grammar_is_refused_at_the_call()
    {
        GenerationOptions options = new() { Grammar = "root ::= \"a\"\n  b" };
        GenerationOptions foreign = new() { Grammar = "root ::= <no such token>" };

        Assert.Equal(2, Assert.Throws<GrammarException>(() => _model.Generate("Hello", options)).Line);
        Assert.Throws<GrammarException>(() => { _ = _model.GenerateAsync("Hello", options, TestContext.Current.CancellationToken); });
        Assert.Throws<GrammarException>(() => { _ = _model.GenerateStreamingAsync("Hello", foreign, TestContext.Current.CancellationToken); });
        Assert.Throws<GrammarException>(() => { _ = _model.ChatStreamingAsync("Hello", new LocalChatOptions { Grammar = foreign.Grammar }, TestContext.Current.CancellationToken); });
    }

    [Fact]
    public void Chats_take_a_grammar_and_clones_keep_it()
    {
        LocalChatOptions options = (LocalChatOptions)new LocalChatOptions { Grammar = "root ::= \"no\"" }.Clone();

        Assert.Equal("no", _model.Chat("Is this a test?", options).Text);
    }

    [Fact]
    public async Task Calls_beside_each_other_have_grammars_of_their_own()
    {
        string[] texts = await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
            (await _model.GenerateAsync(Prompt, new GenerationOptions { Grammar = $"root ::= \"{i}\"{{5,9}}", Seed = i }, TestContext.Current.CancellationToken)).Text));

        Assert.All(texts, (text, i) => Assert.Matches($"^{i}{{5,9}}$", text));
    }
}
