namespace LocalLlm.Inference;

/// <summary>A checked grammar for one model: plain data.</summary>
/// <param name="Text">The grammar as llama.cpp is to read it; tokens by their numbers.</param>
/// <param name="NamedTokens">The tokens that the grammar asks for by name or number.</param>
internal sealed record ModelGrammar(string Text, int[] NamedTokens);
