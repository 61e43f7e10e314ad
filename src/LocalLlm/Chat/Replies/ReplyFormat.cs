using System.Collections.Concurrent;

namespace LocalLlm.Chat.Replies;

/// <summary>How the model of a chat template writes its replies.</summary>
internal sealed record ReplyFormat
{
    private readonly ConcurrentDictionary<(bool, bool), MarkerSet> _sets = [];
    private IReadOnlyList<string>? _markers;

    /// <summary>The family that it is known by.</summary>
    internal required string Name { get; init; }

    /// <summary>Between what it thinks.</summary>
    internal ReasoningMarkers? Reasoning { get; init; } = ReasoningMarkers.Think;

    /// <summary>How it writes calls.</summary>
    internal required CallSyntax Calls { get; init; }

    /// <summary>The template speaks of reasoning: the model may begin to think by itself.</summary>
    internal bool Thinks { get; private init; }

    /// <summary>How its messages are told apart; null where a reply is one text.</summary>
    internal ChannelMarkers? Channels { get; init; }

    /// <summary>A message to a function holds calls, not only the arguments of one.</summary>
    internal bool CallsInMessages { get; init; }

    /// <summary>Markers around text, which say nothing more.</summary>
    internal IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>All texts that are markup: a token that stands for one must be seen as its text.</summary>
    internal IReadOnlyList<string> Markers => _markers ??=
        [.. new[] { Calls.Markers, Ignored, Channels?.All ?? [], Reasoning is { } r ? [r.Start, .. r.Ends] : [] }.SelectMany(m => m).Distinct()];

    /// <summary>Whether a control token is markup of this format, or a part of such.</summary>
    internal bool IsMarkup(string token) => token.Length > 0 && Markers.Any(m => m.Contains(token, StringComparison.Ordinal));

    /// <summary>What a prompt may end with that is a part of the reply.</summary>
    internal IEnumerable<string> Openings => [.. Reasoning is { } r ? [r.Start, .. r.Ends] : Array.Empty<string>(), .. Calls.Starts.Where(s => s.Length > 1)];

    /// <summary>The format of a template's model; the generic one, of JSON between tags, for a template that shows none.</summary>
    internal static ReplyFormat Of(string templateSource)
    {
        ReplyFormat format = ReplyFormats.Of(templateSource);
        return format.Reasoning is { } reasoning && templateSource.Contains(reasoning.Start, StringComparison.Ordinal) ? format with { Thinks = true } : format;
    }

    internal ReplyParser CreateParser(ReplySettings settings) => Channels is null ? new MarkedReplyParser(this, settings) : new ChannelReplyParser(this, settings);

    /// <summary>A grammar in GBNF that holds a reply to what it is to be like; null where nothing is to be forced.</summary>
    internal string? Grammar(ReplyGrammarOptions options) =>
        options.AnswersJson || (options.Functions.Count > 0 && options.Mode != CallMode.None) ? ReplyGrammar.Write(this, options) : null;

    /// <summary>What is looked for at a place of a reply.</summary>
    internal MarkerSet MarkersWithin(bool reasoning, bool calls) => _sets.GetOrAdd((reasoning, calls), key => new MarkerSet(TextsWithin(key.Item1, key.Item2)));

    private IEnumerable<string> TextsWithin(bool reasoning, bool calls)
    {
        IEnumerable<string> begins = calls ? [.. Calls.Starts, .. Calls.SectionStarts] : [];
        if (reasoning)
        {
            return [.. Reasoning?.Ends ?? [], .. Reasoning is { EndsAtCall: true } ? begins : []];
        }

        return [.. begins, .. calls ? Calls.Ends : [], .. Ignored, .. Reasoning is { } r ? [r.Start, .. r.Ends] : Array.Empty<string>()];
    }
}
