using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using LocalLlm.Gguf;

namespace LocalLlm;

/// <summary>
/// An open GGUF model: its metadata and what its header says about the tensors, from one file, from a split set, or
/// from the first bytes of files on a server. Opening reads the header only and refuses what can't be read as one;
/// <see cref="Validate"/> tells what else is wrong. Safe for use by several threads; after
/// <see cref="Dispose"/> every member throws <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed partial class GgufFile : IDisposable
{
    private readonly PartHeader[] _parts;
    private readonly int[] _firstTensor;
    private readonly GgufPart[] _partInfos;
    private readonly GgufMetadata _metadata;
    private readonly Lock _lock = new();
    private GgufTensorInfo[]? _tensors;
    private GgufFinding[]? _findings;
    private volatile bool _disposed;

    private GgufFile(PartHeader[] parts)
    {
        _parts = parts;
        _metadata = new GgufMetadata(parts[0]);
        _firstTensor = new int[parts.Length + 1];
        _partInfos = new GgufPart[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            PartHeader part = parts[i];
            _firstTensor[i + 1] = checked(_firstTensor[i] + part.TensorCount);
            _partInfos[i] = new GgufPart(
                part.Source.Location,
                part.Source.Length,
                part.Source.ETag,
                part.Version,
                part.Alignment,
                part.HeaderEnd,
                part.DataOffset,
                part.TensorCount);
        }
    }

    /// <summary>Path or address of the first part.</summary>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public string Location => Alive(_partInfos)[0].Location;

    /// <summary>The files of the model, one unless it is split.</summary>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public IReadOnlyList<GgufPart> Parts => Array.AsReadOnly(Alive(_partInfos));

    /// <summary>Bytes of all parts together; null when a server does not tell.</summary>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public long? FileLength
    {
        get
        {
            long? total = 0;
            foreach (GgufPart part in Alive(_partInfos))
            {
                total += part.FileLength;
            }

            return total;
        }
    }

    /// <summary>The metadata; of a split model those of its first part.</summary>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public GgufMetadata Metadata => Alive(_metadata);

    /// <summary>The value of "general.architecture" ("llama"), or null when it is missing or no text.</summary>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public string? Architecture => Metadata.TryGetString(GgufKeys.Architecture, out string? name) ? name : null;

    /// <summary>The tensors of all parts, in the order of the files.</summary>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public IReadOnlyList<GgufTensorInfo> Tensors => Array.AsReadOnly(TensorArray());

    /// <summary>Finds a tensor by name; where a damaged file has the name twice, the first one.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="tensor">What the header says about it.</param>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public bool TryGetTensor(string name, [NotNullWhen(true)] out GgufTensorInfo? tensor)
    {
        ArgumentNullException.ThrowIfNull(name);
        int index = FindTensor(Encoding.UTF8.GetBytes(name));
        tensor = index < 0 ? null : TensorArray()[index];
        return index >= 0;
    }

    /// <summary>
    /// Checks everything that can be known from the header before native code sees the file: names, sizes, offsets,
    /// alignment, the parts of a split set, and the rules of the architecture. Computed once, then remembered.
    /// </summary>
    /// <returns>The findings, those that refuse the file first; empty when nothing is wrong. At most about a hundred are listed.</returns>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public IReadOnlyList<GgufFinding> Validate() => Array.AsReadOnly(Findings());

    /// <summary>What the model is and where its bytes are: sizes by layer and by type, parameters, file type.</summary>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public GgufSummary Summarize() => SummaryBuilder.Build(this);

    /// <summary>Closes the files and frees the header. Safe against running reads on other threads, which finish or throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (PartHeader part in _parts)
        {
            part.Dispose();
        }
    }

    /// <summary>The parts' headers, for the rules and the writers of this library.</summary>
    internal ReadOnlySpan<PartHeader> PartHeaders => Alive(_parts);

    /// <summary>Number of tensors of all parts, without making their descriptions.</summary>
    internal int TensorCount => _firstTensor[^1];

    /// <summary>Throws when <see cref="Validate"/> refuses the file.</summary>
    /// <exception cref="GgufFormatException">With the first finding's offset and field.</exception>
    internal void ThrowIfRefused() => ThrowFor(Findings());

    /// <summary>Throws when the file is damaged as a GGUF file, whatever model it holds; nested arrays, which llama.cpp does not read, are none.</summary>
    /// <exception cref="GgufFormatException">With the first finding's offset and field.</exception>
    internal void ThrowIfDamaged() => ThrowFor(FileValidator.CheckFormat(this).Where(finding => finding.Code != "nested-array"));

    private void ThrowFor(IEnumerable<GgufFinding> findings)
    {
        GgufFinding[] refused = [.. findings.Where(finding => finding.Severity == GgufSeverity.Refuse)];
        if (refused.Length > 0)
        {
            GgufFinding first = refused[0];
            string more = refused.Length > 1 ? $" ({refused.Length - 1} more faults; GgufFile.Validate lists them.)" : string.Empty;
            throw new GgufFormatException(
                $"{_partInfos[first.PartIndex].Location} can't be loaded: {first.Message}{more}", first.Offset, first.Field);
        }
    }

    /// <summary>Index of a tensor over all parts, or −1.</summary>
    internal int FindTensor(ReadOnlySpan<byte> name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int hash = NameIndex.Hash(name);
        for (int i = 0; i < _parts.Length; i++)
        {
            using HeaderLease lease = _parts[i].Buffer.Acquire();
            int index = _parts[i].FindTensor(name, hash, lease.Bytes);
            if (index >= 0)
            {
                return _firstTensor[i] + index;
            }
        }

        return -1;
    }

    private T Alive<T>(T value)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return value;
    }

    private GgufFinding[] Findings()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_lock)
        {
            return _findings ??= FileValidator.Validate(this);
        }
    }

    private GgufTensorInfo[] TensorArray()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_lock)
        {
            return _tensors ??= ReadTensors();
        }
    }

    private GgufTensorInfo[] ReadTensors()
    {
        GgufTensorInfo[] tensors = new GgufTensorInfo[TensorCount];
        int index = 0;
        for (int i = 0; i < _parts.Length; i++)
        {
            PartHeader part = _parts[i];
            using HeaderLease lease = part.Buffer.Acquire();
            foreach (ref readonly TensorEntry entry in part.Tensors)
            {
                tensors[index++] = Describe(entry, lease.Bytes, part, i);
            }
        }

        return tensors;
    }

    private static GgufTensorInfo Describe(in TensorEntry entry, ReadOnlySpan<byte> header, PartHeader part, int partIndex)
    {
        ReadOnlySpan<long> shape = entry.Shape;
        long offset = (long)Math.Min(entry.Offset, long.MaxValue);
        long fileOffset = offset > long.MaxValue - part.DataOffset ? long.MaxValue : part.DataOffset + offset;
        return new GgufTensorInfo(
            Encoding.UTF8.GetString(entry.Name(header)),
            (GgmlType)entry.Type,
            ImmutableArray.Create(shape[..entry.DimensionCount]),
            entry.ElementCount,
            entry.ByteLength,
            offset,
            fileOffset,
            partIndex);
    }
}
