namespace LocalLlm.Inference;

/// <summary>
/// What of each token matters before a grammar is asked. llama.cpp lets a grammar match the text of control tokens, which
/// is never shown, and forms of UTF-8 that are not valid; an overlong NUL it allows but can't accept (llama-grammar.cpp,
/// accept_token), which would end the process.
/// </summary>
internal sealed class TokenPieces
{
    private readonly Kind[] _kinds;

    internal TokenPieces(Vocabulary vocabulary)
    {
        _kinds = new Kind[vocabulary.Count];
        byte[] piece = new byte[256];
        for (int token = 0; token < _kinds.Length; token++)
        {
            int length = vocabulary.CopyPiece(token, piece);
            if (length < 0)
            {
                piece = new byte[-length];
                length = vocabulary.CopyPiece(token, piece);
            }

            _kinds[token] = vocabulary.EndsGeneration(token) ? Kind.End : KindOf(piece.AsSpan(0, length));
        }

        LongestPiece = piece.Length;
    }

    /// <summary>What a token's bytes are.</summary>
    internal enum Kind : byte
    {
        /// <summary>Text whose characters are whole, but perhaps for the last.</summary>
        Text,

        /// <summary>The rest of a character that a token before has begun, and perhaps more.</summary>
        Continuation,

        /// <summary>Ends the generation.</summary>
        End,

        /// <summary>A control token: nothing that is shown.</summary>
        Hidden,

        /// <summary>Never part of a text: a NUL, or bytes that are not UTF-8.</summary>
        Invalid,
    }

    /// <summary>Room for the bytes of any token.</summary>
    internal int LongestPiece { get; }

    internal Kind this[int token] => _kinds[token];

    private static Kind KindOf(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty)
        {
            return Kind.Hidden;
        }

        if (piece.Contains((byte)0))
        {
            return Kind.Invalid;
        }

        // 10xxxxxx
        if ((piece[0] & 0xC0) == 0x80)
        {
            return Kind.Continuation;
        }

        PartialCharacter none = default;
        return none.TryAppend(piece) ? Kind.Text : Kind.Invalid;
    }
}
