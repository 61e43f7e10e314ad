using System.Buffers.Text;
using System.Text;

namespace LocalLlm.Gguf.Rules;

/// <summary>A tensor's name in the table: "output.weight", or "blk.attn_q.weight" for each layer's "blk.7.attn_q.weight".</summary>
internal sealed class TensorName
{
    /// <summary>Room that any name takes.</summary>
    public const int MaxBytes = 128;

    private readonly byte[] _prefix;
    private readonly byte[] _rest;

    private TensorName(string prefix, string rest)
    {
        _prefix = Encoding.ASCII.GetBytes(prefix);
        _rest = Encoding.ASCII.GetBytes(rest);
    }

    /// <summary>Whether each layer has one.</summary>
    public bool IsPerLayer => _prefix.Length > 0;

    /// <summary>The part behind the layer's number, or the whole name.</summary>
    public ReadOnlySpan<byte> Rest => _rest;

    public static TensorName Parse(string text)
    {
        foreach (string prefix in (ReadOnlySpan<string>)["blk.", "enc.blk.", "dec.blk."])
        {
            if (text.StartsWith(prefix, StringComparison.Ordinal))
            {
                return new TensorName(prefix, text[(prefix.Length - 1)..]);
            }
        }

        return new TensorName(string.Empty, text);
    }

    /// <summary>Writes the name for a layer into <paramref name="buffer"/> of <see cref="MaxBytes"/>.</summary>
    public ReadOnlySpan<byte> Write(Span<byte> buffer, int layer)
    {
        int length = 0;
        if (IsPerLayer)
        {
            _prefix.CopyTo(buffer);
            Utf8Formatter.TryFormat(layer, buffer[_prefix.Length..], out int digits);
            length = _prefix.Length + digits;
        }

        _rest.CopyTo(buffer[length..]);
        return buffer[..(length + _rest.Length)];
    }

    /// <summary>The name for a layer, for messages.</summary>
    public string ToString(int layer) => Encoding.ASCII.GetString(Write(stackalloc byte[MaxBytes], layer));
}
