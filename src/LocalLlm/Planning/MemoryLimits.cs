using System.Collections;
using LocalLlm.Planning;

namespace LocalLlm;

/// <summary>Upper limits of the memory that a plan may use, by device: "gpu0", a GPU's own name, or "cpu" (also "ram").</summary>
public sealed class MemoryLimits : IEnumerable<KeyValuePair<string, long>>
{
    private readonly Dictionary<string, long> _limits = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The limit of a device, in bytes. 0 leaves the device alone.</summary>
    /// <param name="device">Name of the device.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit is negative.</exception>
    /// <exception cref="KeyNotFoundException">The device has none.</exception>
    public long this[string device]
    {
        get => _limits[Name(device)];
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _limits[Name(device)] = value;
        }
    }

    /// <summary>Reads limits as people write them: "gpu0=10GiB,gpu1=1.5GB,cpu=30GiB".</summary>
    /// <param name="text">Pairs of device and size, with commas between; B, KB, MB, GB and TB are powers of 1000, KiB, MiB, GiB and TiB of 1024.</param>
    /// <exception cref="FormatException">What does not fit, and what would.</exception>
    public static MemoryLimits Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        MemoryLimits limits = [];
        foreach (string pair in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] sides = pair.Split('=', StringSplitOptions.TrimEntries);
            if (sides.Length != 2 || sides[0].Length == 0 || !SizeText.TryParse(sides[1], out long bytes))
            {
                throw new FormatException($"'{pair}' is no limit of memory; it looks like gpu0=10GiB or cpu=1.5GB.");
            }

            if (!limits._limits.TryAdd(Name(sides[0]), bytes))
            {
                throw new FormatException($"'{sides[0]}' has two limits.");
            }
        }

        return limits;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, long>> GetEnumerator() => _limits.GetEnumerator();

    /// <summary>The limits as <see cref="Parse"/> reads them.</summary>
    public override string ToString() => string.Join(",", _limits.Select(limit => $"{limit.Key}={limit.Value}B"));

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string Name(string device) => device.Equals("ram", StringComparison.OrdinalIgnoreCase) ? "cpu" : device;
}
