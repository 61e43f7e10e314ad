namespace LocalLlm.Inference;

/// <summary>A GBNF grammar that has been read and checked. Immutable, for any model and any number of calls.</summary>
internal sealed class Grammar
{
    private static Grammar? _last;

    private readonly GrammarSource _source;
    private readonly IReadOnlyList<GrammarRule> _rules;

    private Grammar(string text)
    {
        _source = new GrammarSource(text);
        _rules = GrammarParser.Parse(_source);
        GrammarAnalysis.Check(_source, _rules);
    }

    /// <summary>Reads a grammar. The last one read is kept: callers use the same one again and again.</summary>
    /// <exception cref="GrammarException">It is not valid.</exception>
    internal static Grammar Parse(string text)
    {
        Grammar? last = Volatile.Read(ref _last);
        if (last?._source.Text == text)
        {
            return last;
        }

        Grammar grammar = new(text);
        Volatile.Write(ref _last, grammar);
        return grammar;
    }

    /// <summary>The grammar with the tokens of a model.</summary>
    /// <exception cref="GrammarException">It names a token that the model does not have.</exception>
    internal ModelGrammar For(Vocabulary vocabulary)
    {
        HashSet<int> tokens = [];
        string text = GrammarWriter.Write(_rules, token =>
        {
            int id = Resolve(token, vocabulary);
            if (!token.IsNegated)
            {
                tokens.Add(id);
            }

            return id;
        });
        return new ModelGrammar(text, [.. tokens]);
    }

    private int Resolve(GrammarToken token, Vocabulary vocabulary)
    {
        if (token.Id is { } id)
        {
            return id < vocabulary.Count
                ? id
                : throw _source.Error(token.Offset, $"The model has no token {id}; its tokens are 0 to {vocabulary.Count - 1}.");
        }

        return vocabulary.Tokenize(token.Text, addSpecial: false, parseSpecial: true) is [int single]
            ? single
            : throw _source.Error(token.Offset, $"'{token.Text}' is not one token of this model.");
    }
}
