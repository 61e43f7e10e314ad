namespace LocalLlm.Chat.Replies;

/// <summary>What the reading of a reply depends on.</summary>
internal sealed record ReplySettings
{
    /// <summary>The functions that the model was told of. Without any, calls are text.</summary>
    internal IReadOnlyList<ReplyFunction> Functions { get; init; } = [];

    /// <summary>The rendered prompt, or the end of it: a template may have opened the reasoning, or the message, already.</summary>
    internal string PromptEnd { get; init; } = "";
}
