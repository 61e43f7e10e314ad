namespace LocalLlm.Inference;

/// <summary>A GBNF grammar that has been read and checked. Immutable, for any model and any number of calls.</summary>
internal sealed class Grammar
{
    private const int Kept = 8;

    private static readonly Recent<string, Grammar> Read = new(Kept);

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

    /// <summary>Reads a grammar. The last ones read are kept: callers use the same ones again and again.</summary>
    /// <exception cref="GrammarException">It is not valid.</exception>
    internal static Grammar Parse(string text) => Read.GetOrAdd(text, static text => new Grammar(text));

    /// <summary>Reads a grammar to see whether it is valid; it is not kept.</summary>
    /// <exception cref="GrammarException">It is not valid.</exception>
    internal static void Check(string text) => _ = new Grammar(text);

    /// <summary>The grammar with the tokens of a model. The last ones are kept, with what they have found out about texts.</summary>
    /// <exception cref="GrammarException">It names a token that the model does not have.</exception>
    internal ModelGrammar For(Vocabulary vocabulary) => vocabulary.Grammars.GetOrAdd(
        this, _ => new ModelGrammar(new GrammarAutomaton(Program, ResolveTokens(vocabulary), Root.Index), vocabulary.Trie));

    /// <summary>The model's number of each token that the grammar names.</summary>
    /// <exception cref="GrammarException">It names a token that the model does not have.</exception>
    internal int[] ResolveTokens(Vocabulary vocabulary) => [.. Program.Tokens.Select(token => Resolve(token, vocabulary))];

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
