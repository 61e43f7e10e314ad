namespace LocalLlm.Inference;

/// <summary>
/// How many prompt tokens a step may take: others' tokens wait for its end, and on a GPU cancellation does. A call that is
/// alone keeps nobody waiting, and larger pieces are read faster (SmolLM2 on two cores: 14 % from 64 to 512 tokens).
/// </summary>
internal sealed class PrefillBudget(int maximum)
{
    private const int Minimum = 4;
    private static readonly TimeSpan SharedStep = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LoneStep = TimeSpan.FromSeconds(2);

    private double _tokensPerSecond = 128;

    /// <summary>The tokens of the next step.</summary>
    /// <param name="isAlone">Whether no other call runs or waits.</param>
    internal int Tokens(bool isAlone)
    {
        TimeSpan step = isAlone ? LoneStep : SharedStep;
        return (int)Math.Clamp(_tokensPerSecond * step.TotalSeconds, Math.Min(Minimum, maximum), maximum);
    }

    /// <summary>Learns from a step that decoded so many tokens in such a time.</summary>
    internal void Observe(int tokens, TimeSpan elapsed)
    {
        if (tokens >= Minimum && elapsed > TimeSpan.Zero)
        {
            // At most twofold up, so that one lucky step does not make the next a long one.
            _tokensPerSecond = Math.Min(tokens / elapsed.TotalSeconds, _tokensPerSecond * 2);
        }
    }
}
