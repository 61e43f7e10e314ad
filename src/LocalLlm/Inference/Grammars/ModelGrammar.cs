namespace LocalLlm.Inference;

/// <summary>A grammar for one model, with what texts so far have shown of it. Made on any thread, then used by the engine's.</summary>
internal sealed class ModelGrammar
{
    private const int MaxSets = 256;

    private readonly Queue<GrammarState> _known = new(MaxSets);
    private readonly AllowedTokens _scratch;
    private readonly GrammarState[] _path;
    private readonly PartialCharacter[] _partials;

    internal ModelGrammar(GrammarAutomaton automaton, TokenTrie tokens)
    {
        Automaton = automaton;
        Tokens = tokens;
        _scratch = new AllowedTokens(tokens.VocabularySize);
        _path = new GrammarState[tokens.Depth + 1];
        _partials = new PartialCharacter[tokens.Depth + 1];
    }

    internal GrammarAutomaton Automaton { get; }

    internal TokenTrie Tokens { get; }

    /// <summary>An empty set, for one use at a time.</summary>
    internal AllowedTokens Scratch()
    {
        _scratch.Clear();
        return _scratch;
    }

    /// <summary>The tokens that may come next after whole characters. Valid until the next call.</summary>
    /// <exception cref="GrammarException">The grammar is too ambiguous for this text.</exception>
    internal AllowedTokens Allowed(GrammarState state)
    {
        if (state.Allowed is { } known)
        {
            return known;
        }

        AllowedTokens allowed = NewSet();
        AddNamed(state, allowed);
        AddText(state, allowed);
        if (state.IsComplete)
        {
            Array.ForEach(Tokens.EndTokens, allowed.Add);
        }

        state.Allowed = allowed;
        _known.Enqueue(state);
        return allowed;
    }

    // The oldest one's room is used again.
    private AllowedTokens NewSet()
    {
        if (_known.Count == MaxSets)
        {
            GrammarState oldest = _known.Dequeue();
            AllowedTokens? set = oldest.Allowed;
            oldest.Allowed = null;
            set?.Clear();
            return set ?? new AllowedTokens(Tokens.VocabularySize);
        }

        return new AllowedTokens(Tokens.VocabularySize);
    }

    private void AddNamed(GrammarState state, AllowedTokens allowed)
    {
        ILookup<bool, int> tokens = state.Tokens.ToLookup(Automaton.IsExclusion, Automaton.TokenOf);
        int[] excluded = [.. tokens[true].Distinct()];
        if (excluded.Length > 0)
        {
            allowed.UnionWith(Tokens.Text);
        }

        // What one leaves out, another lets in.
        if (excluded is [int only])
        {
            allowed.Remove(only);
        }

        foreach (int token in tokens[false])
        {
            allowed.Add(token);
        }
    }

    private void AddText(GrammarState start, AllowedTokens allowed)
    {
        ReadOnlySpan<TokenTrie.Node> nodes = Tokens.Nodes;
        _path[0] = start;
        _partials[0] = default;
        int at = 0;
        while (at < nodes.Length)
        {
            ref readonly TokenTrie.Node node = ref nodes[at];
            PartialCharacter partial = _partials[node.Depth];
            GrammarState state = partial.TryAppend(node.Value, out int codePoint)
                ? Automaton.After(_path[node.Depth], partial, codePoint)
                : Automaton.Dead;
            if (state.IsDead)
            {
                at = node.After;
                continue;
            }

            _path[node.Depth + 1] = state;
            _partials[node.Depth + 1] = partial;
            foreach (int token in Tokens.TokensAt(at))
            {
                allowed.Add(token);
            }

            at++;
        }
    }
}
