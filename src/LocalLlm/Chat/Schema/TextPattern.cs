namespace LocalLlm.Chat.Schema;

/// <summary>A regular expression.</summary>
internal abstract record TextPattern
{
    /// <summary>Any characters, none too.</summary>
    internal static TextPattern Anything { get; } = new Repeated(new OneOf(UnicodeSet.All), 0, null);

    /// <summary>One character.</summary>
    internal sealed record OneOf(UnicodeSet Characters) : TextPattern;

    /// <summary>One after the other.</summary>
    internal sealed record InOrder(IReadOnlyList<TextPattern> Parts) : TextPattern;

    /// <summary>One of several.</summary>
    internal sealed record Either(IReadOnlyList<TextPattern> Ways) : TextPattern;

    /// <summary>Several times; no <paramref name="Max"/>: without limit.</summary>
    internal sealed record Repeated(TextPattern Inner, int Min, int? Max) : TextPattern;

    /// <summary>The beginning of the text.</summary>
    internal sealed record Start : TextPattern;

    /// <summary>The end of the text.</summary>
    internal sealed record End : TextPattern;
}
