namespace LocalLlm.Hardware;

/// <summary>
/// What a model of this process takes on each device, by ggml's name. Loads that run at the same time see each other's
/// plans, and on drivers that tell only a card's size also what is loaded already.
/// </summary>
internal sealed class MemoryClaim : IDisposable
{
    /// <summary>The name of the system's memory.</summary>
    internal const string Ram = "CPU";

    private static readonly Lock Gate = new();
    private static readonly List<MemoryClaim> All = [];
    private static readonly Dictionary<string, long> LastFree = [];

    private readonly IReadOnlyDictionary<string, long> _bytes;
    private readonly Dictionary<string, long> _freeBefore;
    private bool _isAllocated;

    private MemoryClaim(IReadOnlyDictionary<string, long> bytes)
    {
        _bytes = bytes;
        _freeBefore = new Dictionary<string, long>(LastFree);
    }

    /// <summary>Claims what will be allocated.</summary>
    /// <param name="bytes">Bytes by ggml's name of the device.</param>
    internal static MemoryClaim Of(IReadOnlyDictionary<string, long> bytes)
    {
        lock (Gate)
        {
            MemoryClaim claim = new(bytes);
            All.Add(claim);
            return claim;
        }
    }

    /// <summary>What is free on a device once everything that is claimed is allocated.</summary>
    /// <param name="device">ggml's name.</param>
    /// <param name="free">What its driver holds for free.</param>
    /// <param name="total">All of its memory; null where that is not known.</param>
    internal static long Free(string device, long free, long? total)
    {
        lock (Gate)
        {
            long pending = All.Where(claim => !claim._isAllocated).Sum(claim => claim.Pending(device, free));
            LastFree[device] = free;
            long own = All.Sum(claim => claim._bytes.GetValueOrDefault(device));
            return Math.Max(0, Math.Min(free - pending, (total ?? long.MaxValue) - own));
        }
    }

    // What has gone since the claim was made may be what it claimed.
    private long Pending(string device, long free) =>
        Math.Max(0, _bytes.GetValueOrDefault(device) - Math.Max(0, _freeBefore.GetValueOrDefault(device, free) - free));

    /// <summary>Says that it is allocated now: drivers count it themselves.</summary>
    internal void MarkAllocated()
    {
        lock (Gate)
        {
            _isAllocated = true;
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            All.Remove(this);
        }
    }
}
