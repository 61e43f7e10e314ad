using LocalLlm.Inference;
using LocalLlm.Native;

namespace LocalLlm.Tests.Inference;

/// <summary>The guide model's vocabulary, without its weights.</summary>
public sealed class GrammarModel : IDisposable
{
    private readonly ModelHandle _model = BareWeights.LoadVocabulary(GuideModel.Path);

    public GrammarModel()
    {
        Vocabulary = new Vocabulary(_model);
        End = Enumerable.Range(0, Vocabulary.Count).First(Vocabulary.EndsGeneration);
    }

    internal Vocabulary Vocabulary { get; }

    /// <summary>A token that ends the generation.</summary>
    internal int End { get; }

    public void Dispose() => _model.Dispose();

    internal GrammarConstraint Constrain(string gbnf) => new(Grammar.Parse(gbnf).For(Vocabulary));

    internal int[] Tokens(string text) => Vocabulary.Tokenize(text, addSpecial: false, parseSpecial: true);

    /// <summary>The token that is one byte.</summary>
    internal int Byte(byte value) => Enumerable.Range(0, Vocabulary.Count).First(t => Vocabulary.Piece(t) is [byte b] && b == value);
}
