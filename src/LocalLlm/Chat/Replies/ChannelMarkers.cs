namespace LocalLlm.Chat.Replies;

/// <summary>The markers of replies that are messages, each with a header that says what it is for.</summary>
/// <param name="Start">What begins a message; the header follows.</param>
/// <param name="HeaderEnd">What stands between the header and the text.</param>
/// <param name="Ends">What ends a message.</param>
internal sealed record ChannelMarkers(string Start, string HeaderEnd, params IReadOnlyList<string> Ends)
{
    /// <summary>What stands before the channel's name in a header; empty: there are only recipients.</summary>
    internal string Channel { get; init; } = "";

    internal IEnumerable<string> All => [Start, HeaderEnd, .. Ends, .. Channel.Length > 0 ? [Channel] : Array.Empty<string>()];

    /// <summary>What a message is for.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="function">The function that it calls; null where it calls none.</param>
    internal ReplyPartKind Read(string header, out string? function)
    {
        string channel = Channel.Length > 0 ? Word(header, header.LastIndexOf(Channel, StringComparison.Ordinal), Channel.Length) : "";
        string recipient = Word(header, header.LastIndexOf(" to=", StringComparison.Ordinal), " to=".Length);
        bool isCall = recipient is not ("" or "user" or "self" or "assistant" or "all");
        function = !isCall ? null : recipient.StartsWith("functions.", StringComparison.Ordinal) ? recipient["functions.".Length..] : recipient;
        return isCall ? ReplyPartKind.Call : channel == "analysis" || recipient == "self" ? ReplyPartKind.Reasoning : ReplyPartKind.Text;
    }

    private static string Word(string header, int at, int skipped)
    {
        if (at < 0)
        {
            return "";
        }

        int end = header.AsSpan(at + skipped).IndexOfAny(" <\n");
        return end < 0 ? header[(at + skipped)..] : header.Substring(at + skipped, end);
    }
}
