using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>Where one generation stands in its grammar: which tokens may come next. Used by one thread at a time.</summary>
internal sealed unsafe class GrammarConstraint : IDisposable
{
    private const int None = -1;

    private readonly Vocabulary _vocabulary;
    private readonly TokenPieces _pieces;
    private readonly int[] _namedTokens;
    private readonly byte[] _piece;
    private readonly SamplerHandle _sampler;
    private PartialCharacter _partial;
    private int _allowed = None;

    /// <summary>Starts at the grammar's root.</summary>
    /// <exception cref="GrammarException">llama.cpp does not take the grammar.</exception>
    internal GrammarConstraint(ModelGrammar grammar, Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _pieces = vocabulary.Pieces;
        _namedTokens = grammar.NamedTokens;
        _piece = new byte[_pieces.LongestPiece];
        _sampler = vocabulary.CreateGrammarSampler(grammar.Text);
        if (_sampler.IsInvalid)
        {
            throw new GrammarException("llama.cpp does not take this grammar. Please report it: it should have been refused with its place.");
        }
    }

    /// <summary>Whether the token may come next.</summary>
    internal bool Allows(int token)
    {
        if (!MayFollow(token))
        {
            return false;
        }

        llama_token_data candidate = new() { id = token };
        llama_token_data_array array = new() { data = &candidate, size = 1, selected = -1 };
        LlamaApi.llama_sampler_apply(_sampler, &array);
        bool isAllowed = !float.IsNegativeInfinity(candidate.logit);
        _allowed = isAllowed ? token : None;
        return isAllowed;
    }

    /// <summary>Takes away all candidates that may not come next; the others keep their order.</summary>
    internal void Mask(Candidates candidates)
    {
        candidates.Apply(_sampler);
        Span<llama_token_data> left = candidates.Left;
        int kept = 0;
        foreach (llama_token_data candidate in left)
        {
            if (!float.IsNegativeInfinity(candidate.logit) && MayFollow(candidate.id))
            {
                left[kept++] = candidate;
            }
        }

        candidates.Keep(kept);
    }

    /// <summary>Goes on with a token that is allowed; the end of the text is the end of the grammar and changes nothing.</summary>
    /// <exception cref="InvalidOperationException">The token is not allowed: llama.cpp would end the process.</exception>
    internal void Accept(int token)
    {
        if (token != _allowed && !Allows(token))
        {
            throw new InvalidOperationException($"The grammar does not allow token {token} here.");
        }

        if (_pieces[token] == TokenPieces.Kind.End)
        {
            return;
        }

        _allowed = None;
        LlamaApi.llama_sampler_accept(_sampler, token);
        _partial.TryAppend(PieceOf(token));
    }

    public void Dispose() => _sampler.Dispose();

    private bool MayFollow(int token) => _pieces[token] switch
    {
        TokenPieces.Kind.Text or TokenPieces.Kind.End => _partial.IsEmpty,
        TokenPieces.Kind.Continuation => !_partial.IsEmpty && Continues(token),
        TokenPieces.Kind.Hidden => _partial.IsEmpty && _namedTokens.Contains(token),
        _ => false,
    };

    private bool Continues(int token)
    {
        PartialCharacter partial = _partial;
        return partial.TryAppend(PieceOf(token));
    }

    private ReadOnlySpan<byte> PieceOf(int token) => _piece.AsSpan(0, _vocabulary.CopyPiece(token, _piece));
}
