namespace LocalLlm.Inference;

/// <summary>A rule of a grammar, or a group in parentheses.</summary>
/// <param name="index">Its place among all rules and groups.</param>
/// <param name="name">Its name; null for a group.</param>
/// <param name="offset">Where the grammar's text names it first.</param>
internal sealed class GrammarRule(int index, string? name, int offset)
{
    internal int Index { get; } = index;

    internal string? Name { get; } = name;

    internal int Offset { get; } = offset;

    /// <summary>The sequences that it can be, each of which may be empty; none while the rule is only referred to.</summary>
    internal IReadOnlyList<IReadOnlyList<GrammarElement>> Alternatives { get; private set; } = [];

    internal bool IsDefined => Alternatives.Count > 0;

    /// <summary>Where the definition stands in the grammar's text.</summary>
    internal int DefinedAt { get; private set; }

    internal void Define(IReadOnlyList<IReadOnlyList<GrammarElement>> alternatives, int offset)
    {
        Alternatives = alternatives;
        DefinedAt = offset;
    }
}
