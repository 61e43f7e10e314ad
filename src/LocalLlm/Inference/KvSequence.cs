using System.Runtime.InteropServices;

namespace LocalLlm.Inference;

/// <summary>One sequence of the KV cache: the tokens that it holds, in order, their cells, and whether a call is using it.</summary>
internal sealed class KvSequence(int id)
{
    /// <summary>Its number in llama.cpp.</summary>
    internal int Id { get; set; } = id;

    /// <summary>The tokens whose keys and values are in the cache; a token's index is its position.</summary>
    internal List<int> Tokens { get; } = [];

    /// <summary>The cell of each token.</summary>
    internal List<int> Cells { get; } = [];

    /// <summary>Saved states, shortest first.</summary>
    internal List<KvCheckpoint> Checkpoints { get; } = [];

    internal bool InUse { get; set; }

    /// <summary>The most tokens that the call which uses it will ever have here. Cells for all of them are kept for it.</summary>
    internal int Limit { get; set; }

    /// <summary>Whether the call which uses it may shift it.</summary>
    internal bool MayShift { get; set; }

    /// <summary>The length of the last call's prompt; what follows is its answer.</summary>
    internal int PromptLength { get; set; }

    /// <summary>How many of its tokens were computed from just the tokens before them. After a shift, what was moved has seen text that is no longer there.</summary>
    internal int ExactLength { get; set; } = int.MaxValue;

    /// <summary>When it was last given back, counted in givings: what has rested longest is given away first.</summary>
    internal long LastUsed { get; set; }

    /// <summary>The tokens that another prompt may go on from.</summary>
    internal ReadOnlySpan<int> ExactTokens => CollectionsMarshal.AsSpan(Tokens)[..Math.Min(Tokens.Count, ExactLength)];
}
