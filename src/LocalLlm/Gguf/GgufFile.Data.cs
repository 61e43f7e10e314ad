using LocalLlm.Gguf;

namespace LocalLlm;

/// <content>Reading the tensors' data.</content>
public sealed partial class GgufFile
{
    /// <summary>Copies a piece of a tensor's data, as stored, into the caller's buffer. Of a model on a server it asks for that range.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="offset">First byte to copy, counted from the tensor's own first byte.</param>
    /// <param name="destination">Is filled; must not reach behind the tensor's last byte.</param>
    /// <exception cref="ArgumentException">There is no tensor of that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Offset and length are not within the tensor.</exception>
    /// <exception cref="GgufFormatException">The tensor's size can't be known, or the file ends before its data do.</exception>
    /// <exception cref="DownloadException">The server failed, or its file has changed.</exception>
    /// <exception cref="NotSupportedException">The server does not answer range requests, or the caller's HttpClient sends only asynchronously.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public void CopyTensor(string name, long offset, Span<byte> destination)
    {
        TensorSpan tensor = Locate(name);
        tensor.Check(offset, destination.Length);
        int read = tensor.Source.Read(tensor.Start + offset, destination);
        tensor.CheckRead(offset, destination.Length, read);
    }

    /// <summary>Copies a piece of a tensor's data, as stored, into the caller's buffer. Of a model on a server it asks for that range.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="offset">First byte to copy, counted from the tensor's own first byte.</param>
    /// <param name="destination">Is filled; must not reach behind the tensor's last byte.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="ArgumentException">There is no tensor of that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Offset and length are not within the tensor.</exception>
    /// <exception cref="GgufFormatException">The tensor's size can't be known, or the file ends before its data do.</exception>
    /// <exception cref="DownloadException">The server failed, or its file has changed.</exception>
    /// <exception cref="NotSupportedException">The server does not answer range requests.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task CopyTensorAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        TensorSpan tensor = Locate(name);
        tensor.Check(offset, destination.Length);
        return CopyAsync(tensor, offset, destination, cancellationToken);
    }

    /// <summary>A read-only, seekable stream over a tensor's data as stored. It reads from the open file: after <see cref="Dispose"/> it throws.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <returns>The stream, for one thread at a time; dispose it.</returns>
    /// <exception cref="ArgumentException">There is no tensor of that name.</exception>
    /// <exception cref="GgufFormatException">The tensor's size can't be known.</exception>
    /// <exception cref="ObjectDisposedException">The file is disposed.</exception>
    public Stream OpenTensorStream(string name)
    {
        TensorSpan tensor = Locate(name);
        TensorStream stream = new(this, tensor);
        return tensor.Source is HttpSource ? new BufferedStream(stream, HttpSource.StreamBufferBytes) : stream;
    }

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    private static async Task CopyAsync(TensorSpan tensor, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int read = await tensor.Source.ReadAsync(tensor.Start + offset, destination, cancellationToken).ConfigureAwait(false);
        tensor.CheckRead(offset, destination.Length, read);
    }

    private TensorSpan Locate(string name)
    {
        if (!TryGetTensor(name, out GgufTensorInfo? tensor))
        {
            throw new ArgumentException($"{_partInfos[0].Location} has no tensor '{name}'.", nameof(name));
        }

        if (tensor.ByteLength < 0 || tensor.FileOffset > long.MaxValue - tensor.ByteLength)
        {
            throw new GgufFormatException($"The size of tensor '{name}' is not known: its type or shape is damaged.", null, name);
        }

        return new TensorSpan(name, _parts[tensor.PartIndex].Source, tensor.FileOffset, tensor.ByteLength);
    }
}
