using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>Where one generation stands in its grammar: which tokens may come next. Used by one thread at a time.</summary>
internal sealed class GrammarConstraint
{
    private readonly ModelGrammar _grammar;
    private readonly GrammarAutomaton _automaton;
    private readonly TokenTrie _tokens;
    private GrammarPosition _position;
    private int _timesForgotten;

    /// <summary>Starts at the grammar's root.</summary>
    internal GrammarConstraint(ModelGrammar grammar)
    {
        _grammar = grammar;
        _automaton = grammar.Automaton;
        _tokens = grammar.Tokens;
        _position = new GrammarPosition(_automaton.Start, _automaton.Start, default);
    }

    /// <summary>Nothing can follow: the text is whole and can only end.</summary>
    internal bool IsFinished => _position.Text.IsFinished && _position.Partial.IsEmpty;

    /// <summary>Whether the token may come next.</summary>
    /// <exception cref="GrammarException">The grammar is too ambiguous for this text.</exception>
    internal bool Allows(int token)
    {
        Begin();
        return TryFollow(token, out _);
    }

    /// <summary>Takes away all candidates that may not come next; the others keep their order.</summary>
    /// <exception cref="GrammarException">The grammar is too ambiguous for this text.</exception>
    internal void Mask(Candidates candidates)
    {
        Begin();
        AllowedTokens allowed = _position.Partial.IsEmpty ? _grammar.Allowed(_position.Text) : AllowedWithinCharacter();
        Span<llama_token_data> left = candidates.Left;
        int kept = 0;
        foreach (llama_token_data candidate in left)
        {
            if (allowed.Contains(candidate.id))
            {
                left[kept++] = candidate;
            }
        }

        candidates.Keep(kept);
    }

    /// <summary>Goes on with a token that is allowed; the end of the text is the end of the grammar and changes nothing.</summary>
    /// <exception cref="InvalidOperationException">The token is not allowed.</exception>
    /// <exception cref="GrammarException">The grammar is too ambiguous for this text.</exception>
    internal void Accept(int token)
    {
        Begin();
        _position = TryFollow(token, out GrammarPosition next)
            ? next
            : throw new InvalidOperationException($"The grammar does not allow token {token} here.");
    }

    private void Begin()
    {
        _automaton.BeginCall();
        if (_timesForgotten != _automaton.TimesForgotten)
        {
            _timesForgotten = _automaton.TimesForgotten;
            GrammarAutomaton.CheckSize(_position.Text);
            GrammarAutomaton.CheckSize(_position.Named);
        }
    }

    private bool TryFollow(int token, out GrammarPosition next)
    {
        // What ends the text is no text of the grammar, even where it has a visible one.
        ReadOnlySpan<byte> bytes = _tokens.Ends(token) ? default : _tokens[token];
        next = _position;
        if (bytes.IsEmpty)
        {
            if (!_position.Partial.IsEmpty)
            {
                return false;
            }

            GrammarState state = _automaton.AfterToken(_position.Named, token, isText: false);
            bool isEnd = state.IsDead && _position.Text.IsComplete && _tokens.Ends(token);
            next = isEnd ? _position : new GrammarPosition(state, state, default);
            return !next.Text.IsDead;
        }

        PartialCharacter partial = _position.Partial;
        GrammarState text = _position.Text;
        foreach (byte value in bytes)
        {
            if (!partial.TryAppend(value, out int codePoint))
            {
                return false;
            }

            text = _automaton.After(text, partial, codePoint);
        }

        GrammarState named = _automaton.AfterToken(_position.Named, token, isText: true);
        if (partial.IsEmpty)
        {
            text = named = _automaton.Union(text, named);
        }

        next = new GrammarPosition(text, named, partial);
        return !text.IsDead || !named.IsDead;
    }

    private AllowedTokens AllowedWithinCharacter()
    {
        AllowedTokens allowed = _grammar.Scratch();
        foreach (int token in _tokens.Continuations)
        {
            if (TryFollow(token, out _))
            {
                allowed.Add(token);
            }
        }

        return allowed;
    }
}
