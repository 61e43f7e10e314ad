using System.Buffers.Binary;
using System.Text;

namespace LocalLlm.Gguf;

/// <content>Tensor entries.</content>
internal sealed partial class HeaderParser
{
    private bool ReadTensors(ReadOnlySpan<byte> header)
    {
        while ((ulong)_tensorCount < _tensorTotal)
        {
            TensorEntry entry = default;
            if (!ReadTensor(header, ref entry))
            {
                return false;
            }

            Append(ref _tensors, ref _tensorCount, entry, _tensorTotal);
            _position = entry.End;
        }

        return Has(header, _position, "header");
    }

    private bool ReadTensor(ReadOnlySpan<byte> header, ref TensorEntry entry)
    {
        int position = _position;
        entry.Start = position;
        if (!ReadNameLength(header, ref position, "tensor name", out entry.NameLength)
            || !Has(header, (long)position + sizeof(uint), "number of dimensions"))
        {
            return false;
        }

        uint dimensions = BinaryPrimitives.ReadUInt32LittleEndian(header[position..]);
        if (dimensions > GgufLimits.MaxDimensions)
        {
            string name = Encoding.UTF8.GetString(entry.Name(header));
            throw Fault($"gives tensor '{name}' {dimensions} dimensions; the most is {GgufLimits.MaxDimensions}", position, name);
        }

        entry.DimensionCount = (int)dimensions;
        if (!Has(header, entry.End, "tensor"))
        {
            return false;
        }

        for (int i = 0; i < GgufLimits.MaxDimensions; i++)
        {
            entry.Shape[i] = i < entry.DimensionCount
                ? BinaryPrimitives.ReadInt64LittleEndian(header[(entry.ShapeOffset + (i * sizeof(long)))..])
                : 1;
        }

        entry.Type = BinaryPrimitives.ReadInt32LittleEndian(header[entry.TypeOffset..]);
        entry.Offset = BinaryPrimitives.ReadUInt64LittleEndian(header[entry.OffsetOffset..]);
        TensorSize.Measure(ref entry);
        return true;
    }
}
