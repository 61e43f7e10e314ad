using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>The tokens of a model and the way between them and text. Usable from any thread.</summary>
internal sealed unsafe class Vocabulary
{
    private readonly ModelHandle _model;
    private readonly nint _vocab;
    private TokenTrie? _trie;
    private AddedTokens? _addedTokens;

    internal Vocabulary(ModelHandle model)
    {
        _model = model;
        _vocab = LlamaApi.llama_model_get_vocab(model);
        Count = LlamaApi.llama_vocab_n_tokens(_vocab);
        Type = LlamaApi.llama_vocab_type(_vocab);
        BeginOfSequence = LlamaApi.llama_vocab_bos(_vocab);
        AddsBeginOfSequence = BeginOfSequence >= 0 && LlamaApi.llama_vocab_get_add_bos(_vocab);
        DrySamplers = new DrySamplers(model, _vocab);
    }

    internal int Count { get; }

    internal llama_vocab_type Type { get; }

    /// <summary>The token that starts a text, or -1.</summary>
    internal int BeginOfSequence { get; }

    /// <summary>Whether the model wants that token before every text.</summary>
    internal bool AddsBeginOfSequence { get; }

    /// <summary>The DRY samplers for this vocabulary.</summary>
    internal DrySamplers DrySamplers { get; }

    /// <summary>Tokens that the model file says must never be generated (tokenizer.ggml.suppress_tokens). Valid while the model is loaded.</summary>
    internal ReadOnlySpan<int> SuppressedTokens
    {
        get
        {
            int count;
            int* tokens = LlamaApi.llama_vocab_get_suppress_tokens(_vocab, &count);
            return new ReadOnlySpan<int>(tokens, count);
        }
    }

    /// <summary>The texts of the tokens, for grammars; made at the first use.</summary>
    internal TokenTrie Trie => LazyInitializer.EnsureInitialized(ref _trie, MakeTrie);

    /// <summary>The tokens that are found in a text before the rest of it is tokenized, control tokens among them; listed at the first use.</summary>
    internal AddedTokens AddedTokens => LazyInitializer.EnsureInitialized(ref _addedTokens, ListAddedTokens);

    /// <summary>The text of the token that starts a text; empty where there is none.</summary>
    internal string BeginText => AddedTokens.TextOf(BeginOfSequence);

    /// <summary>The text of the token that ends a text; empty where there is none.</summary>
    internal string EndText => AddedTokens.TextOf(LlamaApi.llama_vocab_eos(_vocab));

    /// <summary>The text of the token that fills up batches; empty where there is none.</summary>
    internal string PaddingText => AddedTokens.TextOf(LlamaApi.llama_vocab_pad(_vocab));

    /// <summary>The text of the token for what the vocabulary has no token for; empty where there is none.</summary>
    internal string UnknownText => AddedTokens.UnknownText;

    /// <summary>Whether a text that is tokenized may get a space before it.</summary>
    internal bool MayPrefixSpace => Type is llama_vocab_type.LLAMA_VOCAB_TYPE_SPM or llama_vocab_type.LLAMA_VOCAB_TYPE_UGM;

    /// <summary>The grammar that was used last: callers use the same one again and again.</summary>
    internal Recent<Grammar, ModelGrammar> Grammars { get; } = new(capacity: 4);

    internal bool EndsGeneration(int token) => LlamaApi.llama_vocab_is_eog(_vocab, token);

    internal bool IsControl(int token)
    {
        ThrowIfOutOfRange(token);
        return LlamaApi.llama_vocab_is_control(_vocab, token);
    }

    /// <summary>Turns text into tokens.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecial">Adds the begin and end tokens that the model asks for.</param>
    /// <param name="parseSpecial">Reads the text of control tokens as those tokens.</param>
    internal int[] Tokenize(string text, bool addSpecial, bool parseSpecial) =>
        TokenizerStack.Run(text, () => TokenizeHere(text, addSpecial, parseSpecial));

    private int[] TokenizeHere(string text, bool addSpecial, bool parseSpecial)
    {
        using Lease lease = new(_model);
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        int[] tokens = ArrayPool<int>.Shared.Rent(text.Length + 16);
        try
        {
            int bytes = Encoding.UTF8.GetBytes(text, utf8);
            int count = Tokenize(utf8, bytes, tokens, addSpecial, parseSpecial);
            if (count < 0)
            {
                // A negative result is the room that is needed.
                int[] larger = ArrayPool<int>.Shared.Rent(-count);
                ArrayPool<int>.Shared.Return(tokens);
                tokens = larger;
                count = Tokenize(utf8, bytes, tokens, addSpecial, parseSpecial);
            }

            return count >= 0
                ? tokens[..count]
                : throw new LocalLlmException($"llama_tokenize could not take a text of {bytes} bytes.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(utf8);
            ArrayPool<int>.Shared.Return(tokens);
        }
    }

    /// <summary>The text of tokens; control tokens are left out unless asked for.</summary>
    internal string Detokenize(ReadOnlySpan<int> tokens, bool includeControlTokens)
    {
        ThrowIfOutOfRange(tokens);
        using Lease lease = new(_model);
        byte[] text = ArrayPool<byte>.Shared.Rent((tokens.Length * 8) + 64);
        try
        {
            int bytes = Detokenize(tokens, text, includeControlTokens);
            if (bytes < 0)
            {
                byte[] larger = ArrayPool<byte>.Shared.Rent(-bytes);
                ArrayPool<byte>.Shared.Return(text);
                text = larger;
                bytes = Detokenize(tokens, text, includeControlTokens);
            }

            return bytes >= 0
                ? Encoding.UTF8.GetString(text, 0, bytes)
                : throw new LocalLlmException($"llama_detokenize could not take {tokens.Length} tokens.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    /// <summary>Writes a token's UTF-8 bytes; a negative result is the room that is needed. Control tokens have no bytes, unless they are asked for.</summary>
    internal int CopyPiece(int token, Span<byte> destination, bool includeControl = false)
    {
        ThrowIfOutOfRange(token);
        fixed (byte* bytes = destination)
        {
            return LlamaApi.llama_token_to_piece(_vocab, token, bytes, destination.Length, lstrip: 0, includeControl);
        }
    }

    /// <summary>A token's UTF-8 bytes, a control token's too. One token's bytes need not be whole characters.</summary>
    internal byte[] Piece(int token)
    {
        ThrowIfOutOfRange(token);
        using Lease lease = new(_model);
        Span<byte> small = stackalloc byte[128];
        int length = CopyPiece(token, small, includeControl: true);
        if (length >= 0)
        {
            return small[..length].ToArray();
        }

        byte[] piece = new byte[-length];
        CopyPiece(token, piece, includeControl: true);
        return piece;
    }

    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    internal void ThrowIfOutOfRange(ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
        {
            ThrowIfOutOfRange(token);
        }
    }

    // llama.cpp ends the process on a token out of range.
    private void ThrowIfOutOfRange(int token)
    {
        if ((uint)token >= (uint)Count)
        {
            throw new ArgumentOutOfRangeException(nameof(token), token, $"The vocabulary has the tokens 0 to {Count - 1}.");
        }
    }

    private AddedTokens ListAddedTokens()
    {
        using Lease lease = new(_model);
        List<AddedToken> tokens = [];
        for (int token = 0; token < Count; token++)
        {
            llama_token_attr kind = LlamaApi.llama_vocab_get_attr(_vocab, token);
            if ((kind & AddedTokens.Kinds) != 0)
            {
                tokens.Add(new AddedToken(token, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(LlamaApi.llama_vocab_get_text(_vocab, token)), kind));
            }
        }

        return new AddedTokens(tokens);
    }

    private TokenTrie MakeTrie()
    {
        using Lease lease = new(_model);
        byte[][] pieces = new byte[Count][];
        byte[] buffer = new byte[256];
        for (int token = 0; token < Count; token++)
        {
            int length = CopyPiece(token, buffer);
            if (length < 0)
            {
                buffer = new byte[-length];
                length = CopyPiece(token, buffer);
            }

            pieces[token] = buffer[..length];
        }

        return new TokenTrie(pieces, Enumerable.Range(0, Count).Where(EndsGeneration));
    }

    private int Tokenize(byte[] utf8, int bytes, int[] tokens, bool addSpecial, bool parseSpecial)
    {
        fixed (byte* text = utf8)
        fixed (int* destination = tokens)
        {
            return LlamaApi.llama_tokenize(_vocab, text, bytes, destination, tokens.Length, addSpecial, parseSpecial);
        }
    }

    private int Detokenize(ReadOnlySpan<int> tokens, byte[] text, bool includeControlTokens)
    {
        fixed (int* source = tokens)
        fixed (byte* destination = text)
        {
            return LlamaApi.llama_detokenize(_vocab, source, tokens.Length, destination, text.Length, remove_special: false, includeControlTokens);
        }
    }

    /// <summary>Keeps the model while one of its raw pointers is in use.</summary>
    private readonly ref struct Lease
    {
        private readonly ModelHandle _model;

        internal Lease(ModelHandle model)
        {
            _model = model;
            bool added = false;
            _model.DangerousAddRef(ref added);
        }

        public void Dispose() => _model.DangerousRelease();
    }
}
