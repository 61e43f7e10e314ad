namespace LocalLlm.Chat.Replies;

/// <summary>Divides one reply into reasoning, text and calls while it is generated. Text is handed out as soon as it can't be a part of a marker.</summary>
internal abstract class ReplyParser
{
    /// <summary>Takes the next text of the reply.</summary>
    /// <param name="text">Of any length.</param>
    /// <param name="parts">Gets what became certain.</param>
    internal abstract void Append(string text, List<ReplyPart> parts);

    /// <summary>Hands out what was held back: the reply ends here.</summary>
    /// <param name="parts">Gets it.</param>
    internal abstract void Complete(List<ReplyPart> parts);
}
