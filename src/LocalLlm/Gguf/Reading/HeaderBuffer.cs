using System.Buffers;
using System.Runtime.InteropServices;

namespace LocalLlm.Gguf;

/// <summary>
/// The header bytes of one file, outside the GC heap. Whoever reads them holds a <see cref="HeaderLease"/>, so that a
/// dispose on another thread frees the memory only after the last reader has left.
/// </summary>
internal sealed unsafe class HeaderBuffer : SafeHandle
{
    private int _capacity;
    private int _length;

    public HeaderBuffer()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Bytes read so far.</summary>
    public int Length => _length;

    /// <summary>Bytes there is room for.</summary>
    public int Capacity => _capacity;

    /// <summary>Lends the bytes read so far. Throws <see cref="ObjectDisposedException"/> after dispose.</summary>
    public HeaderLease Acquire() => new(this);

    /// <summary>Makes room for <paramref name="capacity"/> bytes. Only while the file is being opened, by its one thread.</summary>
    public void Reserve(int capacity)
    {
        if (capacity > _capacity)
        {
            SetHandle((nint)NativeMemory.Realloc((void*)handle, (nuint)capacity));
            _capacity = capacity;
        }
    }

    /// <summary>The room behind the bytes read so far. Only while opening.</summary>
    public Span<byte> Free => new((byte*)handle + _length, _capacity - _length);

    /// <summary>The room behind the bytes read so far, for asynchronous readers. Only while opening.</summary>
    public Memory<byte> FreeMemory => new NativeMemoryManager((byte*)handle + _length, _capacity - _length).Memory;

    /// <summary>Takes <paramref name="count"/> bytes of the room as read.</summary>
    public void Advance(int count) => _length += count;

    /// <summary>The bytes read so far, without a lease. Only while opening.</summary>
    public ReadOnlySpan<byte> Filled => new((byte*)handle, _length);

    /// <summary>Gives the unused room back.</summary>
    public void Trim()
    {
        if (_length > 0 && _capacity - _length > 64 * 1024)
        {
            SetHandle((nint)NativeMemory.Realloc((void*)handle, (nuint)_length));
            _capacity = _length;
        }
    }

    internal ReadOnlySpan<byte> Leased => new((byte*)handle, _length);

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }

    private sealed class NativeMemoryManager(byte* start, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(start, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
