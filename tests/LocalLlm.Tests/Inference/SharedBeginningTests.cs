using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference;

public sealed class SharedBeginningTests : IDisposable
{
    private const string Word = " model";

    private readonly LoadedModel _model = BareWeights.Load(TestModels.Guide);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Equal_tokens_are_shared()
    {
        int[] held = Tokens("The model answers the question");
        int[] prompt = Tokens("The model answers nothing");

        SharedBeginning shared = SharedBeginning.OfText(held, prompt, _model.Vocabulary);

        Assert.Equal(shared.Held, shared.Prompt);
        Assert.Equal(held.AsSpan().CommonPrefixLength(prompt), shared.Held);
    }

    [Fact]
    public void Equal_text_of_other_tokens_is_shared_up_to_a_common_end()
    {
        int[] spelled = [.. Word.SelectMany(c => Tokens($"{c}"))];
        int[] word = Tokens(Word);
        int[] held = [.. Tokens("<|im_start|>"), .. spelled, .. Tokens("<|im_end|>"), .. Tokens(" and more")];
        int[] prompt = [.. Tokens("<|im_start|>"), .. word, .. Tokens("<|im_end|>"), .. Tokens(" but less")];
        Assert.True(spelled.Length > word.Length);

        SharedBeginning shared = SharedBeginning.OfText(held, prompt, _model.Vocabulary);

        Assert.Equal(new SharedBeginning(spelled.Length + 2, word.Length + 2), shared);
    }

    [Fact]
    public void A_common_text_that_ends_inside_a_token_is_not_shared()
    {
        int[] held = [.. Word[..^1].SelectMany(c => Tokens($"{c}"))];
        int[] prompt = Tokens(Word);
        Assert.Single(prompt);

        Assert.Equal(new SharedBeginning(0, 0), SharedBeginning.OfText(held, prompt, _model.Vocabulary));
    }

    // Text that only looks like a control token must never stand for it.
    [Fact]
    public void A_control_token_and_its_text_are_not_equal()
    {
        int[] held = _model.Vocabulary.Tokenize("<|im_end|> and", addSpecial: false, parseSpecial: false);
        int[] prompt = Tokens("<|im_end|> and");
        Assert.NotEqual(held, prompt);

        Assert.Equal(new SharedBeginning(0, 0), SharedBeginning.OfText(held, prompt, _model.Vocabulary));
    }

    [Fact]
    public void Nothing_is_shared_with_nothing()
    {
        Assert.Equal(new SharedBeginning(0, 0), SharedBeginning.OfText([], Tokens("text"), _model.Vocabulary));
        Assert.Equal(new SharedBeginning(0, 0), SharedBeginning.OfText(Tokens("text"), [], _model.Vocabulary));
    }

    private int[] Tokens(string text) => _model.Vocabulary.Tokenize(text, addSpecial: false, parseSpecial: true);
}
