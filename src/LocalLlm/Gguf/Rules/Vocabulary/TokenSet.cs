using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace LocalLlm.Gguf.Rules;

/// <summary>The texts of a vocabulary's tokens, found by hash; it keeps where they stand in the header, not the texts.</summary>
internal ref struct TokenSet
{
    private static readonly ulong First = Secret();
    private static readonly ulong Second = Secret() | 1;

    private readonly ReadOnlySpan<byte> _header;
    private readonly ulong[] _slots;
    private readonly uint _mask;

    /// <param name="header">The leased header that the tokens stand in.</param>
    /// <param name="count">How many tokens there will be, at most.</param>
    public TokenSet(ReadOnlySpan<byte> header, int count)
    {
        _header = header;
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(2L * count, 16, 1 << 30));
        _slots = ArrayPool<ulong>.Shared.Rent(size);
        _slots.AsSpan(0, size).Clear();
        _mask = (uint)size - 1;
    }

    public readonly void Dispose() => ArrayPool<ulong>.Shared.Return(_slots);

    /// <summary>Adds a text; false when it is there already.</summary>
    /// <param name="text">The text up to its first zero.</param>
    /// <param name="offset">Where its bytes stand in the header.</param>
    public readonly bool Add(ReadOnlySpan<byte> text, int offset)
    {
        if (Find(text, out uint slot, out uint hash))
        {
            return false;
        }

        _slots[slot] = ((ulong)hash << 32) | (uint)offset;
        return true;
    }

    public readonly bool Contains(scoped ReadOnlySpan<byte> text) => Find(text, out _, out _);

    private readonly bool Find(scoped ReadOnlySpan<byte> text, out uint slot, out uint hash)
    {
        hash = Hash(text);
        for (slot = hash & _mask; _slots[slot] != 0; slot = (slot + 1) & _mask)
        {
            if ((uint)(_slots[slot] >> 32) == hash && TextAt((int)(uint)_slots[slot]).SequenceEqual(text))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Folded products with secrets of the process: nobody can write a file full of collisions.</summary>
    private static uint Hash(scoped ReadOnlySpan<byte> text)
    {
        ulong hash = First ^ (ulong)text.Length;
        ReadOnlySpan<byte> rest = text;
        while (rest.Length > sizeof(ulong))
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(rest));
            rest = rest[sizeof(ulong)..];
        }

        ulong last = 0;
        if (text.Length >= sizeof(ulong))
        {
            last = BinaryPrimitives.ReadUInt64LittleEndian(text[^sizeof(ulong)..]);
        }
        else if (text.Length >= sizeof(uint))
        {
            last = BinaryPrimitives.ReadUInt32LittleEndian(text)
                | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(text[^sizeof(uint)..]) << 32);
        }
        else if (!text.IsEmpty)
        {
            last = text[0] | ((ulong)text[text.Length / 2] << 8) | ((ulong)text[^1] << 16);
        }

        hash = Mix(hash ^ last);
        return (uint)(hash >> 32);
    }

    private static ulong Secret()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private static ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value, Second, out ulong low);
        return high ^ low;
    }

    private readonly ReadOnlySpan<byte> TextAt(int offset)
    {
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(_header[(offset - sizeof(ulong))..]);
        return KeyReader.UpToZero(_header.Slice(offset, length));
    }
}
