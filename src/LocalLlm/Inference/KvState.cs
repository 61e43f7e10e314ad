using System.Runtime.InteropServices;
using LocalLlm.Hardware;

namespace LocalLlm.Inference;

/// <summary>What the KV cache held of one conversation, copied out of it; outside the managed heap, since it may be gigabytes.</summary>
internal sealed unsafe class KvState : IDisposable
{
    private byte* _bytes;

    /// <summary>Makes room for a state.</summary>
    /// <exception cref="NotEnoughMemoryException">There is no memory for it.</exception>
    internal KvState(KvStateLayout layout)
    {
        Layout = layout;
        long available = SystemMemory.AvailableBytes();
        if (layout.TotalBytes > available)
        {
            throw new NotEnoughMemoryException(
                "cpu", layout.TotalBytes, available, $"A copy of a conversation's KV state takes {layout.TotalBytes} bytes of memory while it is on its way to or from a file, and {available} are available.");
        }

        _bytes = (byte*)NativeMemory.Alloc((nuint)layout.TotalBytes);
    }

    internal KvStateLayout Layout { get; }

    /// <summary>Where the sequence's bytes are.</summary>
    internal byte* Sequence => _bytes;

    /// <summary>The bytes of one of the saved states.</summary>
    internal Span<byte> Checkpoint(int index)
    {
        long start = Layout.SequenceBytes + Layout.Checkpoints.Take(index).Sum(c => (long)c.Bytes);
        return new Span<byte>(_bytes + start, Layout.Checkpoints[index].Bytes);
    }

    /// <summary>All bytes, to be read or written in order.</summary>
    internal Stream Open() => new UnmanagedMemoryStream(_bytes, Layout.TotalBytes, Layout.TotalBytes, FileAccess.ReadWrite);

    public void Dispose()
    {
        NativeMemory.Free(_bytes);
        _bytes = null;
    }
}
