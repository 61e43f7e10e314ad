namespace LocalLlm.Inference;

/// <summary>A rule that was begun at some state, whoever called it there: one frame for all of them, so that ambiguity does not multiply.</summary>
internal sealed class GrammarFrame(long id)
{
    internal long Id { get; } = id;

    /// <summary>What goes on when the rule has ended.</summary>
    internal List<GrammarItem> Waiting { get; } = [];
}
