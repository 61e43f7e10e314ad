namespace LocalLlm.Chat.Replies;

/// <summary>How a family of models writes calls.</summary>
internal abstract record CallSyntax
{
    /// <summary>What begins a call, or several in one list.</summary>
    internal required string Start { get; init; }

    /// <summary>What else begins one, where models do not all write the same. They are read, not asked for.</summary>
    internal IReadOnlyList<string> OtherStarts { get; init; } = [];

    /// <summary>What may stand before the first call; empty: nothing.</summary>
    internal string SectionStart { get; init; } = "";

    /// <summary>What else may stand before a call.</summary>
    internal IReadOnlyList<string> OtherSectionStarts { get; init; } = [];

    /// <summary>What may stand behind calls, and is no text there.</summary>
    internal IReadOnlyList<string> Ends { get; init; } = [];

    /// <summary>Calls are the whole reply: what looks like one behind other text is text.</summary>
    internal bool IsWholeReply { get; init; }

    internal IEnumerable<string> Starts => [Start, .. OtherStarts];

    internal IEnumerable<string> SectionStarts => SectionStart.Length > 0 ? [SectionStart, .. OtherSectionStarts] : OtherSectionStarts;

    /// <summary>All texts that are markup.</summary>
    internal virtual IEnumerable<string> Markers => [.. Starts, .. SectionStarts, .. Ends];

    /// <summary>Reads a text that begins with one of <see cref="Starts"/>.</summary>
    internal abstract CallReader CreateReader(string start, IReadOnlyList<ReplyFunction> functions);
}
