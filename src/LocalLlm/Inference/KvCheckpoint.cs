namespace LocalLlm.Inference;

/// <summary>What a sequence's memory held after so many tokens, of the part that can't be cut back (window or state).</summary>
internal sealed record KvCheckpoint(int Length, byte[] State);
