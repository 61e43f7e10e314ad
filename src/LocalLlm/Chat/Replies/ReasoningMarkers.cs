namespace LocalLlm.Chat.Replies;

/// <summary>Between which texts a model thinks.</summary>
/// <param name="Start">What begins it. The prompt may end with it.</param>
/// <param name="Ends">What ends it; the first is what the model is to write.</param>
internal sealed record ReasoningMarkers(string Start, params IReadOnlyList<string> Ends)
{
    /// <summary>It may stand anywhere in a reply, not only at its beginning.</summary>
    internal bool IsAnywhere { get; init; }

    /// <summary>A call ends it too.</summary>
    internal bool EndsAtCall { get; init; }

    internal static ReasoningMarkers Think { get; } = new("<think>", "</think>");
}
