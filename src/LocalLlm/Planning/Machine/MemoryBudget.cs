namespace LocalLlm.Planning;

/// <summary>What a plan may use of one memory: min(limit, free) − reserve − margin.</summary>
/// <param name="FreeBytes">What is free.</param>
/// <param name="LimitBytes">What the caller allows; null for all.</param>
/// <param name="ReserveBytes">What is taken before the model's first buffer.</param>
/// <param name="MarginBytes">What stays free for growth and fragmentation.</param>
internal sealed record MemoryBudget(long FreeBytes, long? LimitBytes, long ReserveBytes, long MarginBytes)
{
    private const long BaseMargin = 256L << 20;
    private const int MarginDivisor = 50;

    /// <summary>What the model may take; 0 or more.</summary>
    public long UsableBytes => Math.Max(0, Math.Min(FreeBytes, LimitBytes ?? long.MaxValue) - ReserveBytes - MarginBytes);

    /// <summary>A budget with the margin that the caller wants, or else 256 MiB and 2 %, and twice that for the cautious.</summary>
    public static MemoryBudget Of(long freeBytes, long? limitBytes, long reserveBytes, long? marginBytes, bool isCautious = false)
    {
        long allowed = Math.Min(freeBytes, limitBytes ?? long.MaxValue);
        long margin = BaseMargin + (allowed / MarginDivisor);
        return new MemoryBudget(freeBytes, limitBytes, reserveBytes, marginBytes ?? (isCautious ? 2 * margin : margin));
    }
}
