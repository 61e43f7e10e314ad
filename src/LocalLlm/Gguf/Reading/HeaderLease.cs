namespace LocalLlm.Gguf;

/// <summary>Keeps the bytes of a <see cref="HeaderBuffer"/> alive while they are read.</summary>
internal readonly ref struct HeaderLease : IDisposable
{
    private readonly HeaderBuffer _buffer;

    public HeaderLease(HeaderBuffer buffer)
    {
        ObjectDisposedException.ThrowIf(buffer.IsClosed, typeof(GgufFile));
        bool added = false;
        buffer.DangerousAddRef(ref added);
        _buffer = buffer;
        Bytes = buffer.Leased;
    }

    /// <summary>The whole header, from the first byte of the file.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    public void Dispose() => _buffer.DangerousRelease();
}
