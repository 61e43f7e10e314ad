using LocalLlm.Gguf;

namespace LocalLlm.Tests.Gguf;

/// <summary>A file in memory.</summary>
internal sealed class MemorySource(byte[] bytes, long? length = null) : GgufSource
{
    public override string Location => "memory.gguf";

    public override long? Length => length ?? bytes.Length;

    public override int FirstRead { get; } = 4096;

    public override int Read(long offset, Span<byte> destination)
    {
        long left = Math.Max(0, (length ?? bytes.Length) - offset);
        int count = (int)Math.Min(destination.Length, left);
        int real = (int)Math.Clamp(bytes.Length - offset, 0, count);
        if (real > 0)
        {
            bytes.AsSpan((int)offset, real).CopyTo(destination);
        }

        destination[real..count].Clear();
        return count;
    }

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Read(offset, destination.Span));

    public override void Dispose()
    {
    }
}
