namespace LocalLlm.Inference;

/// <summary>One way in which a text can be read so far.</summary>
/// <param name="Position">The instruction that comes next.</param>
/// <param name="Frame">Where to go on after the rule.</param>
internal readonly record struct GrammarItem(int Position, GrammarFrame Frame) : IComparable<GrammarItem>
{
    /// <summary>One number for both.</summary>
    internal long Key => (Frame.Id << 20) | (uint)Position;

    public int CompareTo(GrammarItem other) => Key.CompareTo(other.Key);
}
