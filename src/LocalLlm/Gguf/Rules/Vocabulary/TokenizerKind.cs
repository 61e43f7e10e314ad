namespace LocalLlm.Gguf.Rules;

/// <summary>Tokenizers of llama.cpp (llama_vocab_type).</summary>
internal enum TokenizerKind
{
    /// <summary>The file has none.</summary>
    None,

    /// <summary>Pieces with scores, unknown text as bytes (Llama 2, Gemma).</summary>
    SentencePiece,

    /// <summary>Pairs of bytes that are merged by rank (GPT-2, Llama 3, Qwen).</summary>
    BytePairs,

    /// <summary>BERT.</summary>
    WordPieces,

    /// <summary>T5.</summary>
    Unigram,

    /// <summary>RWKV.</summary>
    Rwkv,

    /// <summary>PLaMo 2.</summary>
    Plamo2,
}
