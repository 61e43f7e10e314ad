using System.Text;
using LocalLlm.Inference;

namespace LocalLlm;

/// <summary>
/// DRY ("don't repeat yourself"): makes a token less likely that would continue a sequence which the text already holds,
/// the more so the longer the sequence: its logit loses Multiplier × Base^(length − AllowedLength).
/// Source: text-generation-webui pull request 5677, as in llama.cpp.
/// </summary>
public sealed record DryOptions
{
    // llama.cpp cuts longer ones off.
    private const int LongestBreaker = 40;

    /// <summary>How strong the penalty is, 0 to 100; 0 is off. Default 0.8, the value its author recommends.</summary>
    public float Multiplier { get; init; } = 0.8f;

    /// <summary>How fast the penalty grows with the length of the sequence, 1 to 100. Default 1.75.</summary>
    public float Base { get; init; } = 1.75f;

    /// <summary>Tokens that a repeated sequence may have before its continuation is penalised, at least 1. Default 2.</summary>
    public int AllowedLength { get; init; } = 2;

    /// <summary>How many of the last tokens of prompt and output are searched; −1 (default): all of the context; 0 is off.</summary>
    public int Window { get; init; } = -1;

    /// <summary>Texts that no repeated sequence reaches across, each at most 40 bytes of UTF-8. Default: line break, colon, quotation mark, asterisk.</summary>
    public IReadOnlyList<string> SequenceBreakers { get; init; } = ["\n", ":", "\"", "*"];

    internal bool IsOff => Multiplier == 0 || Window == 0;

    internal void Validate(string option)
    {
        OptionRange.Check<float>(Multiplier, 0, 100, $"{option}.{nameof(Multiplier)}");
        OptionRange.Check<float>(Base, 1, 100, $"{option}.{nameof(Base)}");
        OptionRange.Check<int>(AllowedLength, 1, int.MaxValue, $"{option}.{nameof(AllowedLength)}");
        OptionRange.Check<int>(Window, -1, int.MaxValue, $"{option}.{nameof(Window)}");
        if (SequenceBreakers is null || SequenceBreakers.Any(breaker => !IsBreaker(breaker)))
        {
            throw new ArgumentOutOfRangeException(
                $"{option}.{nameof(SequenceBreakers)}", $"A sequence breaker has 1 to {LongestBreaker} bytes of UTF-8 and no NUL character.");
        }
    }

    private static bool IsBreaker(string breaker) =>
        !string.IsNullOrEmpty(breaker) && !breaker.Contains('\0', StringComparison.Ordinal) && Encoding.UTF8.GetByteCount(breaker) <= LongestBreaker;
}
