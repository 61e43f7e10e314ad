namespace LocalLlm.Gguf;

/// <summary>One file of a model: its source, its header bytes and where the entries lie in them.</summary>
internal sealed class PartHeader : IDisposable
{
    private readonly NameIndex _keys;
    private readonly NameIndex _names;

    public PartHeader(GgufSource source, HeaderBuffer buffer, HeaderParser parser)
    {
        Source = source;
        Buffer = buffer;
        Version = (int)parser.Version;
        HeaderEnd = parser.HeaderEnd;
        KeyValues = parser.KeyValues;
        KeyValueCount = parser.KeyValueCount;
        TensorEntries = parser.Tensors;
        TensorCount = parser.TensorCount;

        using HeaderLease lease = buffer.Acquire();
        ReadOnlySpan<byte> header = lease.Bytes;
        _keys = new NameIndex(KeyValueCount);
        for (int i = 0; i < KeyValueCount; i++)
        {
            KeyValueEntry entry = KeyValues[i];
            if (_keys.Add(i, header, entry.KeyOffset, entry.KeyLength) >= 0)
            {
                DuplicateKeys.Add(i);
            }
        }

        _names = new NameIndex(TensorCount);
        for (int i = 0; i < TensorCount; i++)
        {
            ref readonly TensorEntry entry = ref TensorEntries[i];
            if (_names.Add(i, header, entry.NameOffset, entry.NameLength) >= 0)
            {
                DuplicateTensors.Add(i);
            }
        }

        Alignment = ReadAlignment(header);
        DataOffset = TensorCount == 0 ? HeaderEnd : AlignUp(HeaderEnd, Alignment);
    }

    public GgufSource Source { get; }

    public HeaderBuffer Buffer { get; }

    public int Version { get; }

    /// <summary>First byte behind the last tensor entry.</summary>
    public int HeaderEnd { get; }

    /// <summary>First byte behind the last metadata entry.</summary>
    public int TensorsStart => KeyValueCount == 0 ? GgufLimits.FixedHeaderBytes : KeyValues[KeyValueCount - 1].End;

    /// <summary>Where offsets of tensors count from.</summary>
    public long DataOffset { get; }

    /// <summary>general.alignment; the default where it is missing or impossible.</summary>
    public long Alignment { get; }

    public KeyValueEntry[] KeyValues { get; }

    public int KeyValueCount { get; }

    public TensorEntry[] TensorEntries { get; }

    public int TensorCount { get; }

    public ReadOnlySpan<TensorEntry> Tensors => TensorEntries.AsSpan(0, TensorCount);

    /// <summary>Entries whose key an earlier entry has.</summary>
    public List<int> DuplicateKeys { get; } = [];

    /// <summary>Tensors whose name an earlier one has.</summary>
    public List<int> DuplicateTensors { get; } = [];

    /// <summary>The first entry of a key.</summary>
    public bool TryFindKey(ReadOnlySpan<byte> key, ReadOnlySpan<byte> header, out KeyValueEntry entry)
    {
        int index = _keys.Find(key, header);
        entry = index < 0 ? default : KeyValues[index];
        return index >= 0;
    }

    /// <summary>Index of the first tensor of a name in this part, or −1.</summary>
    public int FindTensor(ReadOnlySpan<byte> name, int hash, ReadOnlySpan<byte> header) => _names.Find(name, hash, header);

    /// <summary>An integer of any width under a key; null where it is missing or no integer.</summary>
    public long? FindInteger(ReadOnlySpan<byte> key, ReadOnlySpan<byte> header) =>
        TryFindKey(key, header, out KeyValueEntry entry) && Scalars.TryReadInteger(entry, header, out long value) ? value : null;

    /// <summary>Hands each entry's key, and its value from the type on, to <paramref name="take"/>.</summary>
    public void ReadEntries<TState>(TState state, Action<TState, ReadOnlySpan<byte>, ReadOnlySpan<byte>> take)
    {
        using HeaderLease lease = Buffer.Acquire();
        for (int i = 0; i < KeyValueCount; i++)
        {
            KeyValueEntry entry = KeyValues[i];
            take(state, entry.Key(lease.Bytes), lease.Bytes[(entry.ValueOffset - sizeof(uint))..entry.End]);
        }
    }

    public static long AlignUp(long value, long alignment) => (value + alignment - 1) & ~(alignment - 1);

    public void Dispose()
    {
        Source.Dispose();
        Buffer.Dispose();
    }

    private long ReadAlignment(ReadOnlySpan<byte> header)
    {
        bool usable = TryFindKey("general.alignment"u8, header, out KeyValueEntry entry)
            && entry.Type == GgufValueType.UInt32;
        uint written = usable ? Scalars.Read<uint>(entry, header) : GgufLimits.DefaultAlignment;
        return System.Numerics.BitOperations.IsPow2(written) ? written : GgufLimits.DefaultAlignment;
    }
}
