namespace LocalLlm.Gguf;

/// <summary>Where the bytes of one part come from.</summary>
internal abstract class GgufSource : IDisposable
{
    /// <summary>Full path or address (without secrets), for messages and for <see cref="GgufPart.Location"/>.</summary>
    public abstract string Location { get; }

    /// <summary>Bytes of the whole file; null while a server has not told.</summary>
    public abstract long? Length { get; }

    /// <summary>The server's version tag; null for local files and where none was sent.</summary>
    public virtual string? ETag => null;

    /// <summary>How many bytes the first read of a header asks for.</summary>
    public abstract int FirstRead { get; }

    /// <summary>The longest header that this source will fetch, in bytes.</summary>
    public virtual int MaxHeaderBytes => GgufLimits.MaxHeaderBytes;

    /// <summary>Fills the buffer from <paramref name="offset"/>; returns less only where the file ends.</summary>
    public abstract int Read(long offset, Span<byte> destination);

    /// <summary>Fills the buffer from <paramref name="offset"/>; returns less only where the file ends.</summary>
    public abstract ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Called once the header is complete: lets go of what only reading it needed.</summary>
    public virtual void HeaderDone()
    {
    }

    public abstract void Dispose();
}
