namespace LocalLlm.Inference;

/// <summary>All ways in which a text can be read so far, which depend only on how it can go on: texts that can go on alike share one.</summary>
/// <param name="kernel">The ways that the text led to, in order.</param>
/// <param name="isComplete">Whether the text may end here.</param>
internal sealed class GrammarState(GrammarItem[] kernel, bool isComplete)
{
    internal ReadOnlySpan<GrammarItem> Kernel => kernel;

    internal bool IsComplete => isComplete;

    /// <summary>No text goes this way.</summary>
    internal bool IsDead => kernel.Length == 0 && !isComplete;

    /// <summary>The text can only end here.</summary>
    internal bool IsFinished => isComplete && Characters.Length == 0 && Tokens.Length == 0;

    /// <summary>The ways that take a character next.</summary>
    internal GrammarItem[] Characters { get; set; } = [];

    /// <summary>The ways that take a named token next.</summary>
    internal GrammarItem[] Tokens { get; set; } = [];

    /// <summary>The state after a character of each kind, as far as known.</summary>
    internal GrammarState?[]? Next { get; set; }

    /// <summary>The tokens that may come next, once known.</summary>
    internal AllowedTokens? Allowed { get; set; }

    /// <summary>Another state with the same hash.</summary>
    internal GrammarState? SameHash { get; set; }
}
