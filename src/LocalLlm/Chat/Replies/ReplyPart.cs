namespace LocalLlm.Chat.Replies;

/// <summary>A piece of a reply that became certain.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; empty for a call.</param>
/// <param name="Call">The call, whole; null for text.</param>
internal readonly record struct ReplyPart(ReplyPartKind Kind, string Text, ReplyCall? Call = null);
