namespace LocalLlm.Chat.Replies;

/// <summary>What a piece of a reply is.</summary>
internal enum ReplyPartKind
{
    /// <summary>Text of the answer.</summary>
    Text,

    /// <summary>What the model thought before it.</summary>
    Reasoning,

    /// <summary>A call of a function.</summary>
    Call,
}
