using System.Buffers;
using System.Buffers.Binary;

namespace LocalLlm.Gguf.Rules;

/// <summary>
/// T5's map of characters: a tree in an array (XOR-compressed compact double array), and the texts that replace what it
/// matches. The tokenizer walks it with the text's bytes and throws outside of it, which ends the process; so every walk
/// is tried here.
/// </summary>
internal static class CharacterMap
{
    private const string Key = "tokenizer.ggml.precompiled_charsmap";
    private const int MaxBytes = 4 << 20;

    public static void Check(KeyReader keys)
    {
        if (!keys.TryFind(Key, out KeyValueEntry entry))
        {
            return;
        }

        if (!entry.IsArray || entry.ElementType is not (GgufValueType.Int8 or GgufValueType.UInt8))
        {
            keys.Refuse("wrong-type", Key, $"'{Key}' is {GgufValueTypes.Describe(entry)}, not arr[u8].");
            return;
        }

        ReadOnlySpan<byte> bytes = keys.Header[entry.ElementsOffset..entry.End];
        string? fault = Fault(bytes);
        if (fault is not null)
        {
            keys.Refuse("bad-character-map", Key, $"The map of characters is damaged: {fault}.");
        }
    }

    private static string? Fault(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < sizeof(uint) or > MaxBytes)
        {
            return $"it has {bytes.Length} bytes";
        }

        uint treeBytes = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (treeBytes >= bytes.Length - sizeof(uint))
        {
            return "its tree is longer than all of it";
        }

        ReadOnlySpan<byte> texts = bytes[(sizeof(uint) + (int)treeBytes)..];
        int lastEnd = texts.LastIndexOf((byte)0);
        return WalkAll(bytes.Slice(sizeof(uint), (int)treeBytes), lastEnd);
    }

    /// <param name="tree">The array.</param>
    /// <param name="lastEnd">The last zero in the replacements: a text may begin there at the latest.</param>
    private static string? WalkAll(ReadOnlySpan<byte> tree, int lastEnd)
    {
        int size = tree.Length / sizeof(uint);
        if (size == 0)
        {
            return null;
        }

        // States are nodes that have been stepped to, their base already mixed in.
        bool[] seen = ArrayPool<bool>.Shared.Rent(size);
        uint[] open = ArrayPool<uint>.Shared.Rent(size);
        seen.AsSpan(0, size).Clear();
        string? fault = Walk(tree, lastEnd, seen.AsSpan(0, size), open);
        ArrayPool<bool>.Shared.Return(seen);
        ArrayPool<uint>.Shared.Return(open);
        return fault;
    }

    private static string? Walk(ReadOnlySpan<byte> tree, int lastEnd, Span<bool> seen, Span<uint> open)
    {
        int count = 0;
        if (!Push(Base(Node(tree, 0)), seen, open, ref count))
        {
            return "its root leads out of its tree";
        }

        while (count > 0)
        {
            uint state = open[--count];
            for (uint c = 1; c < 256; c++)
            {
                uint node = Node(tree, state ^ c);
                if ((node & ((1U << 31) | 0xFF)) != c)
                {
                    continue;
                }

                uint next = state ^ c ^ Base(node);
                if (!Push(next, seen, open, ref count))
                {
                    return $"node {state ^ c} leads out of its tree";
                }

                bool isLeaf = ((node >> 8) & 1) != 0;
                if (isLeaf && (Node(tree, next) & int.MaxValue) > lastEnd)
                {
                    return $"node {state ^ c} leads to no replacement";
                }
            }
        }

        return null;
    }

    /// <summary>False for a state that some byte leads out of the tree from.</summary>
    private static bool Push(uint state, Span<bool> seen, Span<uint> open, ref int count)
    {
        if ((state | 0xFF) >= seen.Length)
        {
            return false;
        }

        if (!seen[(int)state])
        {
            seen[(int)state] = true;
            open[count++] = state;
        }

        return true;
    }

    private static uint Node(ReadOnlySpan<byte> tree, uint index) =>
        BinaryPrimitives.ReadUInt32LittleEndian(tree[((int)index * sizeof(uint))..]);

    private static uint Base(uint node) => (node >> 10) << (int)((node & (1U << 9)) >> 6);
}
