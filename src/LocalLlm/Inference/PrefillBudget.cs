namespace LocalLlm.Inference;

/// <summary>How many prompt tokens a step may take, so that no step lasts much longer than a quarter of a second: others' tokens and cancellation wait for it.</summary>
internal sealed class PrefillBudget(int maximum)
{
    private const int Minimum = 4;
    private const int Start = 32;
    private static readonly TimeSpan StepLimit = TimeSpan.FromMilliseconds(250);

    internal int Tokens { get; private set; } = Math.Min(Start, maximum);

    /// <summary>Learns from a step that decoded so many tokens in such a time.</summary>
    internal void Observe(int tokens, TimeSpan elapsed)
    {
        if (tokens < Math.Min(Minimum, maximum) || elapsed <= TimeSpan.Zero)
        {
            return;
        }

        double fitting = tokens * (StepLimit / elapsed);
        // At most twofold up, so that one lucky step does not make the next a long one.
        Tokens = (int)Math.Clamp(fitting, Math.Min(Minimum, maximum), Math.Min(maximum, Tokens * 2));
    }
}
