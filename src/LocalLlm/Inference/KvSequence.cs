using System.Runtime.InteropServices;

namespace LocalLlm.Inference;

/// <summary>One sequence of the KV cache: the tokens that it holds, in order, and whether a call is using it.</summary>
internal sealed class KvSequence(int id, int capacity)
{
    internal int Id => id;

    /// <summary>The tokens whose keys and values are in the cache; a token's index is its position.</summary>
    internal List<int> Tokens { get; } = new(Math.Min(capacity, 4096));

    internal bool InUse { get; set; }

    /// <summary>When it was last given back, counted in givings: what has rested longest is given away first.</summary>
    internal long LastUsed { get; set; }

    internal int CommonPrefix(ReadOnlySpan<int> tokens) =>
        CollectionsMarshal.AsSpan(Tokens).CommonPrefixLength(tokens);
}
