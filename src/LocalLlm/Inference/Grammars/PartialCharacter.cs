using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace LocalLlm.Inference;

/// <summary>The bytes of a UTF-8 character that is not complete yet: tokens may end within one.</summary>
internal struct PartialCharacter
{
    private const int MaxLength = 4;

    private Bytes _bytes;
    private int _length;

    internal readonly bool IsEmpty => _length == 0;

    /// <summary>Takes the next bytes; false, and nothing taken, where the text could not be valid UTF-8 any more.</summary>
    internal bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        PartialCharacter rest = this;
        while (rest._length > 0 && bytes.Length > 0)
        {
            rest._bytes[rest._length++] = bytes[0];
            bytes = bytes[1..];
            switch (Rune.DecodeFromUtf8(((ReadOnlySpan<byte>)rest._bytes)[..rest._length], out _, out _))
            {
                case OperationStatus.Done:
                    rest._length = 0;
                    break;
                case OperationStatus.InvalidData:
                    return false;
            }
        }

        while (bytes.Length > 0)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out _, out int consumed);
            if (status == OperationStatus.NeedMoreData)
            {
                bytes.CopyTo(rest._bytes);
                rest._length = bytes.Length;
                break;
            }

            if (status != OperationStatus.Done)
            {
                return false;
            }

            bytes = bytes[consumed..];
        }

        this = rest;
        return true;
    }

    [InlineArray(MaxLength)]
    private struct Bytes
    {
        private byte _first;
    }
}
