namespace LocalLlm.Evaluation;

/// <summary>The logits of consecutive tokens, where llama.cpp keeps them until its next decode.</summary>
internal readonly unsafe struct LogitRows(float* first, int width)
{
    /// <summary>The logits of a token, counted from the first.</summary>
    internal ReadOnlySpan<float> this[int row] => new(first + ((nint)row * width), width);
}
