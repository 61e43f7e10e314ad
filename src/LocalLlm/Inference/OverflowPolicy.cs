namespace LocalLlm;

/// <summary>What happens when a call's tokens no longer fit into the context of one conversation.</summary>
public enum OverflowPolicy
{
    /// <summary>
    /// A prompt that leaves no room for an answer is refused with <see cref="ContextOverflowException"/>; an answer ends
    /// where the context is full, with the finish reason <c>length</c>, so that nothing of it is lost.
    /// </summary>
    Throw,

    /// <summary>
    /// A prompt that leaves no room is refused as well, but an answer goes on: the older half of the tokens is dropped
    /// from the model's view, but for the first four. It ends at MaxOutputTokens or where the model ends it.
    /// </summary>
    Shift,
}
