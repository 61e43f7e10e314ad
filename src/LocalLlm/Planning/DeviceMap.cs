using System.Collections;

namespace LocalLlm;

/// <summary>
/// Says which device has which part of a model: "blk.0-20", "blk.7", "output" or "token_embd" for whole modules, and names of
/// tensors for parts of layers, in which * stands for anything ("blk.*.ffn_*_exps.weight"). Devices are "gpu0" and so on, a
/// GPU's own name, or "cpu". Where several entries name a tensor, a tensor's entry wins over a module's and a later one over an earlier.
/// </summary>
public sealed class DeviceMap : IEnumerable<KeyValuePair<string, string>>
{
    private readonly OrderedDictionary<string, string> _entries = new(StringComparer.Ordinal);

    /// <summary>The device of a part.</summary>
    /// <param name="part">A module, a range of layers or a tensor.</param>
    /// <exception cref="KeyNotFoundException">The map has no such entry.</exception>
    public string this[string part]
    {
        get => _entries[part];
        set
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            _entries[part] = value;
        }
    }

    /// <summary>Number of entries.</summary>
    public int Count => _entries.Count;

    /// <summary>Reads a map from lines such as <c>blk.0-20 = gpu0</c>; what stands behind # is passed over.</summary>
    /// <param name="text">The lines, or entries with commas between.</param>
    /// <exception cref="FormatException">A line is no entry, or a part has two devices.</exception>
    public static DeviceMap Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        DeviceMap map = [];
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            string written = line.Split('#')[0];
            foreach (string entry in written.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                string[] sides = [.. entry.Split('=').Select(side => side.Trim().Trim('"'))];
                if (sides.Length != 2 || sides[0].Length == 0 || sides[1].Length == 0)
                {
                    throw new FormatException($"Line {number}: '{entry}' is no entry of a device map; it looks like blk.0-20 = gpu0.");
                }

                if (!map._entries.TryAdd(sides[0], sides[1]))
                {
                    throw new FormatException($"Line {number}: '{sides[0]}' has a device already.");
                }
            }
        }

        return map;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _entries.GetEnumerator();

    /// <summary>The map as <see cref="Parse"/> reads it, an entry a line.</summary>
    public override string ToString() => string.Join('\n', _entries.Select(entry => $"{entry.Key} = {entry.Value}"));

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
