namespace LocalLlm.Chat.Replies;

/// <summary>A call as the model wrote it.</summary>
/// <param name="Name">The function; null where none could be read. It may be one that does not exist.</param>
/// <param name="Arguments">The text of a JSON object; where the model wrote it wrongly or did not end it, what it wrote.</param>
/// <param name="Id">The call's id; null where the model wrote none.</param>
internal sealed record ReplyCall(string? Name, string Arguments, string? Id = null);
