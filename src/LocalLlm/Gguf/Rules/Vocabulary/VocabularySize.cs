namespace LocalLlm.Gguf.Rules;

/// <summary>Sizes that come from the vocabulary.</summary>
/// <param name="Tokens">Number of tokens that llama.cpp will have.</param>
/// <param name="Claimed">What "vocab_size" says, else the number of tokens.</param>
/// <param name="TokenTypes">Sentence types of BERT.</param>
internal readonly record struct VocabularySize(long Tokens, long Claimed, long TokenTypes);
