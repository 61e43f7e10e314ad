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

    /// <summary>What ends a call, or the list of calls; empty: its own end does.</summary>
    internal string End { get; init; } = "";

    /// <summary>What ends what <see cref="SectionStart"/> began.</summary>
    internal string SectionEnd { get; init; } = "";

    /// <summary>What else may stand behind calls.</summary>
    internal IReadOnlyList<string> OtherEnds { get; init; } = [];

    /// <summary>Each call has a section of its own.</summary>
    internal bool IsAloneInSection { get; init; }

    /// <summary>Calls are the whole reply: what looks like one behind other text is text.</summary>
    internal bool IsWholeReply { get; init; }

    internal IEnumerable<string> Starts => [Start, .. OtherStarts];

    internal IEnumerable<string> SectionStarts => SectionStart.Length > 0 ? [SectionStart, .. OtherSectionStarts] : OtherSectionStarts;

    /// <summary>What may stand behind calls, and is no text there.</summary>
    internal IReadOnlyList<string> Ends => field ??= [.. new[] { End, SectionEnd }.Where(e => e.Length > 0), .. OtherEnds];

    /// <summary>All texts that are markup.</summary>
    internal virtual IEnumerable<string> Markers => [.. Starts, .. SectionStarts, .. Ends];

    /// <summary>Reads a text that begins with one of <see cref="Starts"/>.</summary>
    internal abstract CallReader CreateReader(string start, IReadOnlyList<ReplyFunction> functions);

    /// <summary>Writes the rules of one call of one of the functions, or of a list of calls, behind its <see cref="Start"/> and with its end.</summary>
    /// <returns>What matches it.</returns>
    internal abstract string WriteBehindStart(ReplyGrammarWriter grammar);

    /// <summary>Writes the rules of calls, behind each of the texts that begin them.</summary>
    internal virtual IReadOnlyList<(string Marker, string After)> WriteCalls(ReplyGrammarWriter grammar)
    {
        bool several = grammar.Options.AllowsSeveralCalls;
        string one = grammar.Rules.Define("call", WriteBehindStart(grammar));
        string more = several ? $" ({grammar.Gap} {grammar.Marker(Start)} {one})*" : "";
        string end = SectionEnd.Length > 0 ? $" {grammar.Gap} {grammar.Marker(SectionEnd)}" : "";
        string behindStart = grammar.Rules.Define("calls", $"{one}{more}{end}");
        if (several && IsAloneInSection)
        {
            behindStart = grammar.Rules.Define("calls", $"{behindStart} ({grammar.Gap} ({grammar.Marker(SectionStart)} {grammar.Gap})? {grammar.Marker(Start)} {behindStart})*");
        }

        return SectionStart.Length == 0
            ? [(Start, behindStart)]
            : [(SectionStart, grammar.Rules.Define("section", $"{grammar.Gap} {grammar.Marker(Start)} {behindStart}")), (Start, behindStart)];
    }

    /// <summary>What stands behind a call: its end, where it has one.</summary>
    private protected string EndOf(ReplyGrammarWriter grammar) => End.Length > 0 ? $"{grammar.Gap} {grammar.Marker(End)}" : "";
}
