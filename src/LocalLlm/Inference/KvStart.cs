namespace LocalLlm.Inference;

/// <summary>What a call starts with: its sequence, and its prompt as that sequence has it.</summary>
/// <param name="Sequence">The sequence; it holds the first tokens of the prompt already, perhaps none.</param>
/// <param name="Prompt">The prompt's tokens: the sequence's own where their text is equal, and those of the call behind them.</param>
internal readonly record struct KvStart(KvSequence Sequence, int[] Prompt);
