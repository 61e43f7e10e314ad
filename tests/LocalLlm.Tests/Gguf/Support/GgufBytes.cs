using System.Text;

namespace LocalLlm.Tests.Gguf;

/// <summary>Writes GGUF bytes by hand, right or wrong.</summary>
internal sealed class GgufBytes
{
    private readonly List<byte> _bytes = [];

    public static GgufBytes Start(ulong tensors, ulong keys, uint version = 3) =>
        new GgufBytes().Raw("GGUF"u8).U32(version).U64(tensors).U64(keys);

    public int Length => _bytes.Count;

    public GgufBytes Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public GgufBytes U8(byte value) => Raw([value]);

    public GgufBytes U32(uint value) => Raw(BitConverter.GetBytes(value));

    public GgufBytes U64(ulong value) => Raw(BitConverter.GetBytes(value));

    public GgufBytes Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return U64((ulong)bytes.Length).Raw(bytes);
    }

    public GgufBytes Key(string key, GgufValueType type) => Text(key).U32((uint)type);

    public GgufBytes UInt32(string key, uint value) => Key(key, GgufValueType.UInt32).U32(value);

    public GgufBytes String(string key, string value) => Key(key, GgufValueType.String).Text(value);

    public GgufBytes ArrayStart(string key, GgufValueType elementType, ulong count) =>
        Key(key, GgufValueType.Array).U32((uint)elementType).U64(count);

    public GgufBytes Tensor(string name, uint type, ulong offset, params long[] shape)
    {
        Text(name).U32((uint)shape.Length);
        foreach (long dimension in shape)
        {
            U64((ulong)dimension);
        }

        return U32(type).U64(offset);
    }

    public GgufBytes Pad(int alignment = 32)
    {
        while (_bytes.Count % alignment != 0)
        {
            U8(0);
        }

        return this;
    }

    public GgufBytes Data(int count) => Raw(Enumerable.Range(0, count).Select(i => (byte)(i * 7)).ToArray());

    public byte[] ToArray() => [.. _bytes];
}
