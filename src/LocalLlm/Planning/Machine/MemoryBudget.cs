using LocalLlm.Hardware;

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

    /// <summary>How <see cref="UsableBytes"/> comes about, for a person.</summary>
    /// <param name="source">Who tells what is free; null where that is not known.</param>
    public string Explain(string? source)
    {
        string whole = LimitBytes < FreeBytes
            ? $"its limit is {ByteSize.Short(LimitBytes.Value)}"
            : $"{ByteSize.Short(FreeBytes)} are free{(source is null ? "" : $" according to {source}")}";
        return $"{whole}, less {(ReserveBytes > 0 ? $"{ByteSize.Short(ReserveBytes)} of reserve and " : "")}{ByteSize.Short(MarginBytes)} of margin";
    }

    /// <summary>A budget with the margin that the caller wants, or else 256 MiB and 2 %, and twice that for the cautious.</summary>
    public static MemoryBudget Of(long freeBytes, long? limitBytes, long reserveBytes, long? marginBytes, bool isCautious = false)
    {
        long allowed = Math.Min(freeBytes, limitBytes ?? long.MaxValue);
        long margin = BaseMargin + (allowed / MarginDivisor);
        return new MemoryBudget(freeBytes, limitBytes, reserveBytes, marginBytes ?? (isCautious ? 2 * margin : margin));
    }

    /// <summary>The limit that leaves a model just so much.</summary>
    public static long LimitFor(long usableBytes, long reserveBytes, long? marginBytes)
    {
        long limit = usableBytes + reserveBytes;
        return marginBytes is { } margin ? limit + margin : (limit + BaseMargin) / (MarginDivisor - 1) * MarginDivisor;
    }
}
