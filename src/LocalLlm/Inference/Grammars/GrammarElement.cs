namespace LocalLlm.Inference;

/// <summary>One thing in a sequence of a grammar.</summary>
/// <param name="Offset">Where it stands in the grammar's text.</param>
internal abstract record GrammarElement(int Offset)
{
    /// <summary>How many elements llama.cpp makes of it in the rule that it stands in.</summary>
    internal abstract int NativeLength { get; }
}

/// <summary>A literal, such as <c>"yes"</c>; may be empty.</summary>
internal sealed record GrammarText(int Offset, int[] CodePoints) : GrammarElement(Offset)
{
    internal override int NativeLength => CodePoints.Length;
}

/// <summary>One character of some ranges, or of none of them: <c>[a-z_]</c>, <c>[^"]</c>.</summary>
internal sealed record GrammarClass(int Offset, bool IsNegated, (int First, int Last)[] Ranges) : GrammarElement(Offset)
{
    internal override int NativeLength => 2 * Ranges.Length;
}

/// <summary>Any character: <c>.</c></summary>
internal sealed record GrammarAny(int Offset) : GrammarElement(Offset)
{
    internal override int NativeLength => 1;
}

/// <summary>A token of the model, or any but that one: <c>&lt;[7]&gt;</c>, <c>!&lt;/think&gt;</c>.</summary>
/// <param name="Offset">Where it stands in the grammar's text.</param>
/// <param name="IsNegated">Any other token.</param>
/// <param name="Id">The token; null where it is named by its text.</param>
/// <param name="Text">The token's text, with the angle brackets.</param>
internal sealed record GrammarToken(int Offset, bool IsNegated, int? Id, string Text) : GrammarElement(Offset)
{
    internal override int NativeLength => 1;
}

/// <summary>What another rule says; a group in parentheses is a rule without a name.</summary>
internal sealed record GrammarReference(int Offset, GrammarRule Rule) : GrammarElement(Offset)
{
    internal override int NativeLength => 1;
}

/// <summary>An element several times: <c>* + ? {m,n}</c>.</summary>
/// <param name="Offset">Where the operator stands.</param>
/// <param name="Inner">What is repeated.</param>
/// <param name="Min">The least number of times.</param>
/// <param name="Max">The greatest number of times; null: no limit.</param>
internal sealed record GrammarRepetition(int Offset, GrammarElement Inner, int Min, int? Max) : GrammarElement(Offset)
{
    /// <summary>How many rules llama.cpp makes for the part that may be left out.</summary>
    internal int OptionalRules => Max is { } max ? max - Min : 1;

    internal override int NativeLength => (Inner.NativeLength * Min) + (OptionalRules > 0 ? 1 : 0);
}
