using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Inference;

public sealed class GenerationTests(GuideFixture guide) : IClassFixture<GuideFixture>
{
    private static readonly GenerationOptions Greedy = new() { Temperature = 0, MaxOutputTokens = 32 };

    private readonly LocalModel _model = guide.Model;

    // The ids that llama.cpp's own examples/simple draws on the same libraries, see CONTRIBUTING. On another processor it draws others
    // where two are almost as likely (T15).
    [Fact]
    public void Greedy_tokens_equal_those_of_llama_cpps_own_tool()
    {
        using LocalModel model = LocalModel.Load(TestModels.SmolLm2, TestModels.OnCpu with { ContextLength = 256 });

        GenerateReply reply = model.Generate("Once upon a time", Greedy);

        using BareModel bare = new(TestModels.SmolLm2, 256);
        GreedyText.AssertEqual(
            bare,
            model.Tokenize("Once upon a time", addSpecial: true, parseSpecial: true),
            [28, 260, 2240, 282, 1315, 27108, 436, 253, 15114, 39228, 28, 351, 25854, 41658, 284, 14055, 9018, 30, 1249, 347, 260, 929, 3514, 411, 28, 260, 2240, 2585, 288, 1650, 17803, 28],
            reply.TokenIds,
            EngineModels.Tie(EngineModels.SmolLm2));
        Assert.StartsWith(", the city of New Haven was a thriving metropolis", reply.Text, StringComparison.Ordinal);
        Assert.Equal(ChatFinishReason.Length, reply.FinishReason);
        Assert.Equal(4, reply.Usage.InputTokenCount);
        Assert.Equal(32, reply.Usage.OutputTokenCount);
        Assert.Equal(36, reply.Usage.TotalTokenCount);
    }

    [Fact]
    public async Task Synchronous_asynchronous_and_streamed_text_are_the_same()
    {
        string text = _model.Generate("A token is", Greedy).Text;

        Assert.NotEmpty(text);
        Assert.Equal(text, (await _model.GenerateAsync("A token is", Greedy, Token)).Text);
        Assert.Equal(text, string.Concat(await Collect(_model.GenerateStreamingAsync("A token is", Greedy, Token))));
    }

    [Fact]
    public void Equal_seeds_give_equal_text_and_other_seeds_other_text()
    {
        GenerationOptions options = new() { Temperature = 1.5f, TopK = 0, TopP = 1, MinP = 0, MaxOutputTokens = 24 };

        string first = _model.Generate("The weather", options with { Seed = 7 }).Text;

        Assert.Equal(first, _model.Generate("The weather", options with { Seed = 7 }).Text);
        Assert.NotEqual(first, _model.Generate("The weather", options with { Seed = 8 }).Text);
        // 0xFFFFFFFF means "random" to llama.cpp: it must not get there.
        Assert.Equal(
            _model.Generate("The weather", options with { Seed = 0xFFFFFFFF }).Text,
            _model.Generate("The weather", options with { Seed = 0xFFFFFFFF }).Text);
    }

    public static TheoryData<GenerationOptions> ForcingTheBest => new(
        new GenerationOptions { Temperature = 0 },
        new GenerationOptions { Temperature = -1 },
        new GenerationOptions { Temperature = 2, TopK = 1 },
        new GenerationOptions { Temperature = 2, TopK = 0, TopP = 0 },
        new GenerationOptions { Temperature = 2, TopK = 0, TopP = 1, MinP = 1 });

    [Theory, MemberData(nameof(ForcingTheBest))]
    public void Each_truncation_reaches_the_sampler(GenerationOptions options) =>
        Assert.Equal(
            _model.Generate("The weather", Greedy).TokenIds,
            _model.Generate("The weather", options with { MaxOutputTokens = 32 }).TokenIds);

    [Fact]
    public void A_stop_sequence_ends_the_text_and_is_not_in_it()
    {
        string whole = _model.Generate("A token is", Greedy).Text;
        string stop = whole[5..9];

        GenerateReply reply = _model.Generate("A token is", Greedy with { StopSequences = ["never comes", stop] });

        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], reply.Text);
        Assert.Equal(ChatFinishReason.Stop, reply.FinishReason);
    }

    [Fact]
    public void The_text_ends_with_the_model_s_own_end_and_does_not_show_it()
    {
        GenerateReply reply = _model.Generate("<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n", new GenerationOptions { Temperature = 0 });

        Assert.Equal(ChatFinishReason.Stop, reply.FinishReason);
        Assert.DoesNotContain("<|", reply.Text, StringComparison.Ordinal);
        Assert.Equal(reply.Text, _model.Detokenize([.. reply.TokenIds]));
    }

    [Fact]
    public void A_full_context_ends_the_text_as_a_limit_does()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 32);

        GenerateReply reply = model.Generate("Hello Hello", new GenerationOptions { Temperature = 5, TopK = 0, TopP = 1, MinP = 0, Seed = 1 });

        Assert.Equal(ChatFinishReason.Length, reply.FinishReason);
        Assert.Equal(32, reply.Usage.InputTokenCount + reply.Usage.OutputTokenCount - 1);
    }

    [Fact]
    public void A_prompt_longer_than_the_context_is_refused_with_both_numbers()
    {
        string prompt = string.Concat(Enumerable.Repeat("word ", 600));
        int tokens = _model.Tokenize(prompt, addSpecial: true).Length;

        ContextOverflowException error = Assert.Throws<ContextOverflowException>(() => _model.Generate(prompt));

        Assert.Equal(tokens, error.PromptTokens);
        Assert.Equal(512, error.ContextLength);
        Assert.Contains($"{tokens}", error.Message, StringComparison.Ordinal);
        Assert.Contains("512", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(_model.Generate("Hello", Greedy).Text);
    }

    [Fact]
    public void A_prompt_that_fills_the_context_but_for_one_token_gets_one_answer_token_more_than_it_can_hold()
    {
        int[] tokens = _model.Tokenize(string.Concat(Enumerable.Repeat("word ", 600)), addSpecial: true)[..511];

        GenerateReply reply = _model.Generate(_model.Detokenize(tokens, includeControlTokens: true), new GenerationOptions { Temperature = 0 });

        Assert.InRange(reply.Usage.InputTokenCount!.Value, 505, 511);
        Assert.InRange(reply.Usage.OutputTokenCount!.Value, 1, 512 - reply.Usage.InputTokenCount!.Value + 1);
    }

    [Fact]
    public void A_prompt_without_tokens_is_refused() =>
        Assert.Contains("no tokens", Assert.Throws<ArgumentException>(() => _model.Generate("")).Message, StringComparison.Ordinal);

    public static TheoryData<GenerationOptions> InvalidOptions => new(
        new GenerationOptions { MaxOutputTokens = 0 },
        new GenerationOptions { Temperature = float.NaN },
        new GenerationOptions { Temperature = float.PositiveInfinity },
        new GenerationOptions { TopP = -0.1f },
        new GenerationOptions { TopP = 1.1f },
        new GenerationOptions { TopP = float.NaN },
        new GenerationOptions { MinP = 2 },
        new GenerationOptions { StopSequences = [""] });

    [Theory, MemberData(nameof(InvalidOptions))]
    public void Invalid_options_are_refused_at_the_call(GenerationOptions options)
    {
        Assert.ThrowsAny<ArgumentException>(() => _model.Generate("Hello", options));
        Assert.ThrowsAny<ArgumentException>(() => { _ = _model.GenerateAsync("Hello", options, Token); });
        Assert.ThrowsAny<ArgumentException>(() => { _ = _model.GenerateStreamingAsync("Hello", options, Token); });
    }

    [Fact]
    public void Timings_and_cached_tokens_are_told()
    {
        string prompt = $"{Guid.NewGuid()} and some more text";
        Timings first = _model.Generate(prompt, Greedy).Timings;
        Timings second = _model.Generate(prompt, Greedy).Timings;

        Assert.Equal(first.PromptTokens, second.PromptTokens);
        Assert.True(first.CachedTokens < first.PromptTokens - 5);
        // A fully equal prompt still decodes its last token.
        Assert.Equal(second.PromptTokens - 1, second.CachedTokens);
        Assert.True(first.Prefill > TimeSpan.Zero && first.Decode > TimeSpan.Zero && first.PrefillTokensPerSecond > 0 && first.DecodeTokensPerSecond > 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Hello, world")]
    [InlineData("naïve 模型 😀 \u0000 tail")]
    public void Tokens_give_their_text_back(string text) => Assert.Equal(text, _model.Detokenize(_model.Tokenize(text)));

    [Fact]
    public void Control_tokens_are_parsed_and_shown_only_when_asked_for()
    {
        int[] parsed = _model.Tokenize("<|im_start|>", parseSpecial: true);

        Assert.Single(parsed);
        Assert.True(_model.Tokenize("<|im_start|>").Length > 1);
        Assert.Equal("", _model.Detokenize(parsed));
        Assert.Equal("<|im_start|>", _model.Detokenize(parsed, includeControlTokens: true));
    }

    // llama.cpp ends the process on these (T5).
    [Theory]
    [InlineData(-1)]
    [InlineData(4096)]
    [InlineData(int.MaxValue)]
    public void A_token_out_of_range_is_refused(int token) => Assert.Throws<ArgumentOutOfRangeException>(() => _model.Detokenize([1, token]));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<List<string>> Collect(IAsyncEnumerable<string> stream)
    {
        List<string> pieces = [];
        await foreach (string piece in stream)
        {
            pieces.Add(piece);
        }

        return pieces;
    }
}
