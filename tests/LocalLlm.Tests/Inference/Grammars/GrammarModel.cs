using LocalLlm.Inference;
using LocalLlm.Native;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm.Tests.Inference;

/// <summary>The guide model's vocabulary, without its weights.</summary>
public sealed unsafe class GrammarModel : IDisposable
{
    private readonly ModelHandle _model;

    public GrammarModel()
    {
        NativeRuntime.Load();
        using NativeLogScope quiet = NativeLog.Enter(NullLogger.Instance);
        llama_model_params parameters = LlamaApi.llama_model_default_params();
        nint noDevice = 0;
        parameters.devices = &noDevice;
        parameters.vocab_only = 1;
        _model = new ModelHandle(LlamaApi.llama_model_load_from_file(GuideModel.Path, parameters));
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
