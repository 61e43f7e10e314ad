namespace LocalLlm;

/// <summary>What happens when a call's tokens no longer fit into the context of one conversation.</summary>
/// <remarks>
/// <see cref="DropOldest"/>, <see cref="DropMiddle"/> and <see cref="KeepLastTurn"/> are for chats. They leave whole turns
/// out of the prompt, a turn being a user's message with all that follows it up to the next one: the calls of tools stay
/// together with their results. System messages and the last turn always stay, and the caller's messages are not changed.
/// Room is kept for <see cref="GenerationOptions.MaxOutputTokens"/>, at most half of the context; where that is not set, for a
/// quarter of the context. A conversation that has this room is not shortened. What then still leaves no room for a single
/// token is refused, and an answer ends where the context is full, both as with <see cref="Throw"/>.
/// </remarks>
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

    /// <summary>As many of the oldest turns are left out as must be.</summary>
    DropOldest,

    /// <summary>The first turn stays; of those after it as many are left out as must be, the oldest first.</summary>
    DropMiddle,

    /// <summary>All turns but the last one are left out.</summary>
    KeepLastTurn,
}
