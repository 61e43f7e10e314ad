namespace LocalLlm.Inference;

/// <summary>What the bytes of a <see cref="KvState"/> are: the sequence first, then the saved states that it can go back to.</summary>
/// <param name="Tokens">The tokens that the sequence holds.</param>
/// <param name="PromptLength">How many of them were its last call's prompt.</param>
/// <param name="SequenceBytes">Bytes of the sequence.</param>
/// <param name="Checkpoints">The saved states, shortest first.</param>
internal sealed record KvStateLayout(int[] Tokens, int PromptLength, long SequenceBytes, KvStateLayout.Checkpoint[] Checkpoints)
{
    /// <summary>Bytes of all.</summary>
    internal long TotalBytes => SequenceBytes + Checkpoints.Sum(c => (long)c.Bytes);

    /// <summary>Whether it can be that of any state: a file may hold anything.</summary>
    internal bool IsValid =>
        Tokens is { Length: > 0 } && PromptLength >= 0 && PromptLength <= Tokens.Length && SequenceBytes is > 0 and < long.MaxValue / 2 && Checkpoints is not null &&
        Array.TrueForAll(Checkpoints, c => c is { Bytes: > 0, Tokens: > 0 } && c.Tokens <= Tokens.Length) &&
        Checkpoints.Zip(Checkpoints.Skip(1)).All(pair => pair.First.Tokens <= pair.Second.Tokens);

    /// <summary>A saved state.</summary>
    /// <param name="Tokens">How many tokens it was taken after.</param>
    /// <param name="Bytes">Its bytes.</param>
    internal sealed record Checkpoint(int Tokens, int Bytes);
}
