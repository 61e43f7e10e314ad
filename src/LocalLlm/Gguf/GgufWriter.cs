using System.Buffers;
using LocalLlm.Gguf;

namespace LocalLlm;

/// <summary>
/// Writes a GGUF model as a stream: set the metadata, name all tensors, then give their data in that order. A file
/// appears under its name only when <see cref="Complete"/> returns. Not for use by several threads at once.
/// </summary>
public sealed class GgufWriter : IDisposable
{
    private const int CopyBytes = 1024 * 1024;

    private readonly GgufWriterOptions _options;
    private readonly string? _path;
    private readonly Stream? _target;
    private readonly List<TensorPlan> _tensors = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<AtomicFile> _files = [];
    private List<PartPlan>? _parts;
    private Stream? _stream;
    private int _part = -1;
    private int _tensorInPart;
    private long _tensorBytes;
    private bool _completed;
    private bool _disposed;

    private GgufWriter(string? path, Stream? target, GgufWriterOptions? options)
    {
        _options = options ?? new GgufWriterOptions();
        _options.Validate();
        _path = path;
        _target = target;
    }

    /// <summary>The metadata, to be set before the first tensor's data. "general.alignment" rules the alignment; without it, it is 32 bytes.</summary>
    public GgufMetadataBuilder Metadata { get; } = new();

    /// <summary>Writes to a file, or with <see cref="GgufWriterOptions.Split"/> to files named after it: model.gguf gives model-00001-of-00003.gguf.</summary>
    /// <param name="path">Path of the file, whose folder exists.</param>
    /// <param name="options">How to write; null for the defaults.</param>
    /// <returns>The writer; dispose it.</returns>
    /// <exception cref="ArgumentException">The path is empty, or an option is out of its range.</exception>
    public static GgufWriter Create(string path, GgufWriterOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new GgufWriter(Path.GetFullPath(path), null, options);
    }

    /// <summary>Writes to a stream, which need not be seekable and stays open.</summary>
    /// <param name="stream">Receives the file from its current position on.</param>
    /// <param name="options">How to write, without <see cref="GgufWriterOptions.Split"/>; null for the defaults.</param>
    /// <returns>The writer; dispose it.</returns>
    /// <exception cref="ArgumentException">The stream is not writable, a split is asked for, or an option is out of its range.</exception>
    public static GgufWriter Create(Stream stream, GgufWriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite)
        {
            throw new ArgumentException("The stream can't be written.", nameof(stream));
        }

        if (options?.Split is not null)
        {
            throw new ArgumentException("A model in several parts needs a path.", nameof(options));
        }

        return new GgufWriter(null, stream, options);
    }

    /// <summary>Names the next tensor. All are named before the first one's data are written.</summary>
    /// <param name="name">1 to 63 bytes of UTF-8, not used before.</param>
    /// <param name="type">Type of the data.</param>
    /// <param name="shape">Up to four dimensions in ggml's order, the row length first: a multiple of the type's block size.</param>
    /// <exception cref="ArgumentException">llama.cpp would not read such a tensor.</exception>
    /// <exception cref="InvalidOperationException">Data are being written already.</exception>
    public void AddTensor(string name, GgmlType type, params ReadOnlySpan<long> shape)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_parts is not null)
        {
            throw new InvalidOperationException("The header is written: no more tensors can be named.");
        }

        TensorPlan tensor = TensorPlan.Create(name, type, shape);
        if (!_names.Add(name))
        {
            throw new ArgumentException($"The tensor '{name}' is named already.", nameof(name));
        }

        _tensors.Add(tensor);
    }

    /// <summary>Writes a tensor's data or the next piece of it. Tensors come in the order in which they were named.</summary>
    /// <param name="name">Name of the tensor whose turn it is.</param>
    /// <param name="data">The whole or a piece, no more than the tensor still lacks.</param>
    /// <exception cref="ArgumentException">There are more data than the tensor lacks.</exception>
    /// <exception cref="InvalidOperationException">It is another tensor's turn.</exception>
    /// <exception cref="IOException">Writing failed, or a file exists that must not be replaced.</exception>
    public void WriteTensor(string name, ReadOnlySpan<byte> data)
    {
        TensorPlan tensor = Turn(name);
        if (data.Length > tensor.ByteLength - _tensorBytes)
        {
            throw new ArgumentException($"Tensor '{name}' has {tensor.ByteLength} bytes, of which {_tensorBytes} are written; {data.Length} more are too many.", nameof(data));
        }

        _stream!.Write(data);
        Written(tensor, data.Length);
    }

    /// <summary>Writes what a tensor still lacks from a stream, of which no more is read than that.</summary>
    /// <param name="name">Name of the tensor whose turn it is.</param>
    /// <param name="data">Gives the data.</param>
    /// <exception cref="EndOfStreamException">The stream ends too early.</exception>
    /// <exception cref="InvalidOperationException">It is another tensor's turn.</exception>
    /// <exception cref="IOException">Writing failed, or a file exists that must not be replaced.</exception>
    public void WriteTensor(string name, Stream data)
    {
        ArgumentNullException.ThrowIfNull(data);
        TensorPlan tensor = Turn(name);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            for (long left = tensor.ByteLength - _tensorBytes; left > 0;)
            {
                int read = data.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
                CheckRead(tensor, read);
                _stream!.Write(buffer, 0, read);
                left -= read;
                Written(tensor, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes what a tensor still lacks from a stream, of which no more is read than that.</summary>
    /// <param name="name">Name of the tensor whose turn it is.</param>
    /// <param name="data">Gives the data.</param>
    /// <param name="cancellationToken">Stops writing; dispose the writer then.</param>
    /// <exception cref="EndOfStreamException">The stream ends too early.</exception>
    /// <exception cref="InvalidOperationException">It is another tensor's turn.</exception>
    /// <exception cref="IOException">Writing failed, or a file exists that must not be replaced.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task WriteTensorAsync(string name, Stream data, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        TensorPlan tensor = Turn(name);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            for (long left = tensor.ByteLength - _tensorBytes; left > 0;)
            {
                int room = (int)Math.Min(left, buffer.Length);
                int read = await data.ReadAsync(buffer.AsMemory(0, room), cancellationToken).ConfigureAwait(false);
                CheckRead(tensor, read);
                await _stream!.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                left -= read;
                Written(tensor, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Ends the model: writes the header if no data were written, flushes files to disk and gives them their names.</summary>
    /// <returns>The paths written, in order; empty for a stream.</returns>
    /// <exception cref="InvalidOperationException">Tensors lack data.</exception>
    /// <exception cref="IOException">Writing failed, or a file exists that must not be replaced.</exception>
    public IReadOnlyList<string> Complete()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_completed)
        {
            throw new InvalidOperationException("The model is complete already.");
        }

        Begin();
        Advance();
        if (_part < _parts!.Count)
        {
            TensorPlan tensor = _parts[_part].Tensors[_tensorInPart];
            throw new InvalidOperationException($"Tensor '{tensor.Name}' lacks {tensor.ByteLength - _tensorBytes} of its {tensor.ByteLength} bytes.");
        }

        _completed = true;
        if (_path is null)
        {
            _target!.Flush();
            return [];
        }

        // The first part comes last: with it, the set is complete.
        for (int i = _files.Count - 1; i >= 0; i--)
        {
            _files[i].Publish();
        }

        return [.. Enumerable.Range(0, _parts.Count).Select(PathOf)];
    }

    /// <summary>Removes what was written unless <see cref="Complete"/> was reached. A caller's stream stays open.</summary>
    public void Dispose()
    {
        _disposed = true;
        _files.ForEach(file => file.Dispose());
    }

    private TensorPlan Turn(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        ObjectDisposedException.ThrowIf(_disposed, this);
        Begin();
        Advance();
        TensorPlan? tensor = _part < _parts!.Count ? _parts[_part].Tensors[_tensorInPart] : null;
        return tensor?.Name == name
            ? tensor
            : throw new InvalidOperationException(tensor is null
                ? $"All tensors are written; there is no turn for '{name}'."
                : $"It is the turn of tensor '{tensor.Name}', not of '{name}'.");
    }

    private void Begin()
    {
        if (_parts is null)
        {
            List<PartPlan> parts = PartPlan.Create(Metadata, _tensors, _options.Split);
            Metadata.Freeze();
            _parts = parts;
            StartPart(0);
        }
    }

    /// <summary>Goes on to the next tensor that lacks data, over the ends of parts.</summary>
    private void Advance()
    {
        while (_part < _parts!.Count && _tensorInPart == _parts[_part].Tensors.Count)
        {
            if (_path is not null)
            {
                _files[_part].FinishWriting();
            }

            StartPart(_part + 1);
        }
    }

    private void StartPart(int part)
    {
        _part = part;
        _tensorInPart = 0;
        _tensorBytes = 0;
        if (part == _parts!.Count)
        {
            return;
        }

        if (_path is not null)
        {
            AtomicFile file = new(PathOf(part), _options.Overwrite);
            _files.Add(file);
            _stream = file.Stream;
        }
        else
        {
            _stream = _target;
        }

        new HeaderWriter(_stream!).Write(_options.Version, _parts[part]);
    }

    private void Written(TensorPlan tensor, int bytes)
    {
        _tensorBytes += bytes;
        if (_tensorBytes < tensor.ByteLength)
        {
            return;
        }

        long padding = PartHeader.AlignUp(tensor.ByteLength, _parts![_part].Alignment) - tensor.ByteLength;
        Zeros.Write(_stream!, padding);
        _tensorInPart++;
        _tensorBytes = 0;
    }

    private string PathOf(int part)
    {
        if (_options.Split is null)
        {
            return _path!;
        }

        return SplitName.Format(SplitName.PrefixOf(_path!), part, _parts!.Count);
    }

    private static void CheckRead(TensorPlan tensor, int read)
    {
        if (read == 0)
        {
            throw new EndOfStreamException($"The stream ends before the {tensor.ByteLength} bytes of tensor '{tensor.Name}'.");
        }
    }
}
