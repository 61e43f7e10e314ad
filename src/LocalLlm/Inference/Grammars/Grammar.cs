namespace LocalLlm.Inference;

/// <summary>A GBNF grammar that has been read and checked. Immutable, for any model and any number of calls.</summary>
internal sealed class Grammar
{
    private static Grammar? _last;

    private readonly GrammarSource _source;

    private Grammar(string text)
    {
        _source = new GrammarSource(text);
        IReadOnlyList<GrammarRule> rules = GrammarParser.Parse(_source);
        Root = rules.Single(rule => rule.Name == "root");
        Program = GrammarCompiler.Compile(rules, Root);
        if (!Program.IsUseful(Program.EntryOf(Root.Index)))
        {
            throw _source.Error(Root.DefinedAt, "No text matches this grammar: each way to write 'root' comes to a rule that never ends, or to a class without characters.");
        }
    }

    /// <summary>The rule that a text starts with.</summary>
    internal GrammarRule Root { get; }

    internal GrammarProgram Program { get; }

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

    /// <summary>The grammar with the tokens of a model. The last one is kept, with what it has found out about texts.</summary>
    /// <exception cref="GrammarException">It names a token that the model does not have.</exception>
    internal ModelGrammar For(Vocabulary vocabulary)
    {
        if (vocabulary.LastGrammar is { } last && last.Grammar == this)
        {
            return last;
        }

        int[] tokens = [.. Program.Tokens.Select(token => Resolve(token, vocabulary))];
        ModelGrammar grammar = new(this, new GrammarAutomaton(Program, tokens, Root.Index), vocabulary.Trie);
        vocabulary.LastGrammar = grammar;
        return grammar;
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
