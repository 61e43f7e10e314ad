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
    private readonly Dictionary<(string Buffer, string Kind), long> _bytes = [];
    private readonly SortedDictionary<int, string> _layers = [];

    /// <summary>Bytes by the buffer's name, such as "CUDA0" or "CPU_Mapped", and its kind, such as "model", "KV", "RS", "compute" and "output". To 0.01 MiB.</summary>
    public IReadOnlyDictionary<(string Buffer, string Kind), long> Bytes => _bytes;

    /// <summary>The device that each layer was assigned to.</summary>
    public IReadOnlyDictionary<int, string> Layers => _layers;

    /// <summary>Takes what a line tells; most tell nothing.</summary>
    public void Add(string line)
    {
        if (BufferSize().Match(line) is { Success: true } size)
        {
            double mebibytes = double.Parse(size.Groups["size"].ValueSpan.ToString().Replace(',', '.'), CultureInfo.InvariantCulture);
            (string, string) key = (size.Groups["buffer"].Value, size.Groups["kind"].Value);
            _bytes[key] = _bytes.GetValueOrDefault(key) + (long)Math.Round(mebibytes * (1 << 20));
        }
        else if (AssignedLayer().Match(line) is { Success: true } layer)
        {
            _layers[int.Parse(layer.Groups["layer"].ValueSpan, CultureInfo.InvariantCulture)] = layer.Groups["device"].Value;
        }
    }

    [GeneratedRegex(@"(?<buffer>\S+)\s+(?<kind>\S+) buffer size\s*=\s*(?<size>[0-9]+[.,][0-9]+) MiB")]
    private static partial Regex BufferSize();

    [GeneratedRegex(@"layer\s+(?<layer>[0-9]+) assigned to device (?<device>[^,\s]+)")]
    private static partial Regex AssignedLayer();
}
