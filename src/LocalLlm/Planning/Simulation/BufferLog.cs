using System.Globalization;
using System.Text.RegularExpressions;

namespace LocalLlm.Planning;

/// <summary>Buffers and placed layers as llama.cpp's log tells them, line by line.</summary>
/// <remarks>
/// Only "BUFFER KIND buffer size = N MiB" and "layer N assigned to device D" are looked for: what stands before has
/// changed between releases. Several lines of one buffer and kind, such as the two KV caches of a sliding-window model, add up.
/// </remarks>
internal sealed partial class BufferLog
{
    /// <summary>What a printed size may be short of the real one, in bytes: half of the last of its two decimals.</summary>
    public const long Rounding = 5243;

    private readonly Dictionary<(string Buffer, string Kind), long> _bytes = [];
    private readonly SortedDictionary<int, string> _layers = [];

    /// <summary>Bytes by the buffer's name, such as "CUDA0" or "CPU_Mapped", and its kind, such as "model", "KV", "RS", "compute" and "output". To 0.01 MiB.</summary>
    public IReadOnlyDictionary<(string Buffer, string Kind), long> Bytes => _bytes;

    /// <summary>The device that each layer was assigned to.</summary>
    public IReadOnlyDictionary<int, string> Layers => _layers;

    /// <summary>Bytes that all caches and states keep, wherever they are and without padding. To 0.01 MiB for each of <see cref="CacheLines"/>.</summary>
    public long CacheBytes { get; private set; }

    /// <summary>The lines that <see cref="CacheBytes"/> is the sum of.</summary>
    public int CacheLines { get; private set; }

    /// <summary>Operations of the largest graph; 0 where none was told.</summary>
    public int GraphNodes { get; private set; }

    /// <summary>Whether attention is not fused, because llama.cpp takes it that some device can't.</summary>
    public bool RefusesFlashAttention { get; private set; }

    /// <summary>The device of the layer whose fused attention went elsewhere; null where none did.</summary>
    public string? UnfusedDevice { get; private set; }

    /// <summary>Takes what a line tells; most tell nothing.</summary>
    public void Add(string line)
    {
        if (BufferSize().Match(line) is { Success: true } size)
        {
            (string, string) key = (size.Groups["buffer"].Value, size.Groups["kind"].Value);
            _bytes[key] = _bytes.GetValueOrDefault(key) + SizeOf(size);
        }
        else if (AssignedLayer().Match(line) is { Success: true } layer)
        {
            _layers[int.Parse(layer.Groups["layer"].ValueSpan, CultureInfo.InvariantCulture)] = layer.Groups["device"].Value;
        }
        else if (CacheSize().Match(line) is { Success: true } cache)
        {
            CacheBytes += SizeOf(cache);
            CacheLines++;
        }
        else if (UnfusedLayer().Match(line) is { Success: true } unfused)
        {
            UnfusedDevice = unfused.Groups["device"].Value;
        }
        else if (GraphSize().Match(line) is { Success: true } graph)
        {
            GraphNodes = int.Parse(graph.Groups["nodes"].ValueSpan, CultureInfo.InvariantCulture);
        }
        else if (line.Contains("Flash Attention not supported", StringComparison.Ordinal) || line.Contains("flash_attn is not compatible", StringComparison.Ordinal))
        {
            RefusesFlashAttention = true;
        }
    }

    /// <summary>The modules of a placement that are not told to be where it has them, in order.</summary>
    public IEnumerable<int> Misplaced(Placement placement, PlanMachine machine) => Enumerable.Range(0, placement.Modules.Length)
        .Where(i => !_layers.TryGetValue(i, out string? device) || device != machine.NativeNameOf(placement.Modules[i]));

    private static long SizeOf(Match match)
    {
        double mebibytes = double.Parse(match.Groups["size"].ValueSpan.ToString().Replace(',', '.'), CultureInfo.InvariantCulture);
        return (long)Math.Round(mebibytes * (1 << 20));
    }

    [GeneratedRegex(@"(?<buffer>\S+)\s+(?<kind>\S+) buffer size\s*=\s*(?<size>[0-9]+[.,][0-9]+) MiB")]
    private static partial Regex BufferSize();

    [GeneratedRegex(@"layer\s+(?<layer>[0-9]+) assigned to device (?<device>[^,\s]+)")]
    private static partial Regex AssignedLayer();

    [GeneratedRegex(@"is assigned to device (?<device>\S+) but Flash Attention")]
    private static partial Regex UnfusedLayer();

    [GeneratedRegex(@"graph nodes\s*=\s*(?<nodes>[0-9]+)")]
    private static partial Regex GraphSize();

    [GeneratedRegex(@"size\s*=\s*(?<size>[0-9]+[.,][0-9]+) MiB \(\s*[0-9]+ cells,")]
    private static partial Regex CacheSize();
}
