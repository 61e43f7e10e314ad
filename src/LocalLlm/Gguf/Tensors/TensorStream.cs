namespace LocalLlm.Gguf;

/// <summary>Reads one tensor's data as a stream.</summary>
internal sealed class TensorStream(GgufFile file, TensorSpan tensor) : Stream
{
    private long _position;
    private bool _closed;

    public override bool CanRead => !_closed;

    public override bool CanSeek => !_closed;

    public override bool CanWrite => false;

    public override long Length => Alive(tensor.Length);

    public override long Position
    {
        get => Alive(_position);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = Alive(value);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        int count = Prepare(buffer.Length);
        int read = tensor.Source.Read(tensor.Start + _position, buffer[..count]);
        return Take(count, read);
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = Prepare(buffer.Length);
        int read = await tensor.Source.ReadAsync(tensor.Start + _position, buffer[..count], cancellationToken).ConfigureAwait(false);
        return Take(count, read);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        long from = origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            SeekOrigin.End => tensor.Length,
            _ => throw new ArgumentOutOfRangeException(nameof(origin)),
        };
        long target = checked(from + offset);
        if (target < 0)
        {
            throw new IOException("A stream has no position before its beginning.");
        }

        return _position = Alive(target);
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("The stream is read-only.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream is read-only.");

    protected override void Dispose(bool disposing)
    {
        _closed = true;
        base.Dispose(disposing);
    }

    private int Prepare(int room)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        file.ThrowIfDisposed();
        return (int)Math.Clamp(tensor.Length - _position, 0, room);
    }

    private int Take(int asked, int read)
    {
        tensor.CheckRead(_position, asked, read);
        _position += read;
        return read;
    }

    private T Alive<T>(T value)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        file.ThrowIfDisposed();
        return value;
    }
}
