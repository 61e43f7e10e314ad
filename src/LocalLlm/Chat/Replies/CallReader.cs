namespace LocalLlm.Chat.Replies;

/// <summary>Reads a text that begins like a call, while it grows.</summary>
internal abstract class CallReader
{
    /// <summary>Looks at the text so far.</summary>
    /// <param name="text">It from the call's beginning on: that of the last time, and more.</param>
    /// <returns>Its length where the call ends in it; <see cref="Unfinished"/> or <see cref="NoCall"/>.</returns>
    internal abstract int Read(ReadOnlySpan<char> text);

    /// <summary>The calls in the text that was read last. One that did not end is there as far as it was written.</summary>
    /// <param name="text">It from the call's beginning on, up to where the call ends.</param>
    internal abstract IEnumerable<ReplyCall> Calls(ReadOnlySpan<char> text);

    /// <summary>More must come.</summary>
    internal const int Unfinished = -1;

    /// <summary>It is text that only began like a call.</summary>
    internal const int NoCall = -2;
}
