namespace LocalLlm.Inference;

/// <summary>One thing in a sequence of a grammar.</summary>
/// <param name="Offset">Where it stands in the grammar's text.</param>
internal abstract record GrammarElement(int Offset)
{
    /// <summary>How much it takes in a program, about; 0 where it can only be empty.</summary>
    internal abstract long Size { get; }
}

/// <summary>A literal, such as <c>"yes"</c>; may be empty.</summary>
internal sealed record GrammarText(int Offset, int[] CodePoints) : GrammarElement(Offset)
{
    internal override long Size => CodePoints.Length;
}

/// <summary>One character of some ranges, or of none of them: <c>[a-z_]</c>, <c>[^"]</c>.</summary>
internal sealed record GrammarClass(int Offset, bool IsNegated, (int First, int Last)[] Ranges) : GrammarElement(Offset)
{
    internal override long Size => Ranges.Length;
}

/// <summary>Any character: <c>.</c></summary>
internal sealed record GrammarAny(int Offset) : GrammarElement(Offset)
{
    internal override long Size => 1;
}

/// <summary>A token of the model, or any but that one: <c>&lt;[7]&gt;</c>, <c>!&lt;/think&gt;</c>.</summary>
/// <param name="Offset">Where it stands in the grammar's text.</param>
/// <param name="IsNegated">Any other token.</param>
/// <param name="Id">The token; null where it is named by its text.</param>
/// <param name="Text">The token's text, with the angle brackets.</param>
internal sealed record GrammarToken(int Offset, bool IsNegated, int? Id, string Text) : GrammarElement(Offset)
{
    internal override long Size => 1;
}

/// <summary>What another rule says; a group in parentheses is a rule without a name.</summary>
internal sealed record GrammarReference(int Offset, GrammarRule Rule) : GrammarElement(Offset)
{
    internal override long Size => 1;
}

/// <summary>An element several times: <c>* + ? {m,n}</c>.</summary>
/// <param name="Offset">Where the operator stands.</param>
/// <param name="Inner">What is repeated.</param>
/// <param name="Min">The least number of times.</param>
/// <param name="Max">The greatest number of times; null: no limit.</param>
internal sealed record GrammarRepetition(int Offset, GrammarElement Inner, int Min, int? Max) : GrammarElement(Offset)
{
    /// <summary>How often it is written out.</summary>
    internal int Copies => Max ?? Math.Max(1, Min);

    internal override long Size => Inner.Size * Copies;
}
