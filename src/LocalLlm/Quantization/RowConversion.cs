using System.Numerics.Tensors;
using LocalLlm.Native;

namespace LocalLlm.Quantization;

/// <summary>Turns rows of one type into rows of another, with ggml's own functions. Safe for several threads.</summary>
internal sealed unsafe class RowConversion
{
    /// <summary>
    /// Beyond it squares of squares leave the range of a float, and the search on a grid, which then finds no point, ends the
    /// process (iq3_find_best_neighbour in ggml-quants.c).
    /// </summary>
    private const float MostOnGrid = 1e6f;

    private readonly GgmlType _type;
    private readonly delegate* unmanaged<void*, float*, long, void> _toFloat;

    private RowConversion(QuantizedTensor tensor, GgmlType type, delegate* unmanaged<void*, float*, long, void> toFloat)
    {
        Tensor = tensor;
        _type = type;
        _toFloat = toFloat;
        SourceRowBytes = checked((int)tensor.SourceType.RowSize(tensor.RowElements));
        RowBytes = checked((int)type.RowSize(tensor.RowElements));
    }

    public QuantizedTensor Tensor { get; }

    /// <summary>Bytes of a row as it is.</summary>
    public int SourceRowBytes { get; }

    /// <summary>Bytes of a row as it will be.</summary>
    public int RowBytes { get; }

    /// <summary>Whether both types are one, and rows are only checked.</summary>
    public bool IsCopy => Tensor.SourceType == _type;

    /// <summary>How a tensor becomes one of another type.</summary>
    /// <exception cref="QuantizationException">Its own type can't be read.</exception>
    public static RowConversion Of(QuantizedTensor tensor, GgmlType type)
    {
        ggml_type_traits* traits = GgmlApi.ggml_get_type_traits((int)tensor.SourceType);
        bool isReadable = traits is not null && (traits->to_float is not null || tensor.SourceType == GgmlType.F32);
        return isReadable || tensor.SourceType == type
            ? new RowConversion(tensor, type, traits->to_float)
            : throw new QuantizationException($"{tensor.Name} is of type {tensor.SourceType.DisplayName()}, which can't be turned into another.");
    }

    /// <summary>Converts rows of a batch.</summary>
    /// <param name="source">Rows of the source.</param>
    /// <param name="destination">Takes the rows; of a copy it is not used.</param>
    /// <param name="row">The first row, in both.</param>
    /// <param name="rows">How many.</param>
    /// <param name="scratch">Room for them as floats.</param>
    /// <exception cref="GgufFormatException">Weights are no numbers.</exception>
    /// <exception cref="QuantizationException">Weights are too large for the type.</exception>
    public void Convert(byte[] source, byte[] destination, int row, int rows, float[] scratch)
    {
        fixed (byte* sources = source)
        fixed (byte* destinations = destination)
        fixed (float* floats = scratch)
        {
            byte* from = sources + ((long)row * SourceRowBytes);
            if (!GgmlApi.ggml_validate_row_data((int)Tensor.SourceType, from, (nuint)((long)rows * SourceRowBytes)))
            {
                throw new GgufFormatException($"Weights of {Tensor.Name} are infinite or no numbers.", null, Tensor.Name);
            }

            if (IsCopy)
            {
                return;
            }

            long elements = rows * Tensor.RowElements;
            float* numbers = (float*)from;
            if (Tensor.SourceType != GgmlType.F32)
            {
                _toFloat(from, floats, elements);
                numbers = floats;
            }

            RefuseHuge(new ReadOnlySpan<float>(numbers, (int)elements));
            byte* to = destinations + ((long)row * RowBytes);
            nuint bytes = GgmlApi.ggml_quantize_chunk((int)_type, numbers, to, 0, rows, Tensor.RowElements, null);
            if (bytes != (nuint)((long)rows * RowBytes) || !GgmlApi.ggml_validate_row_data((int)_type, to, bytes))
            {
                throw new QuantizationException($"Weights of {Tensor.Name} are too large for {_type.DisplayName()}.");
            }
        }
    }

    private void RefuseHuge(ReadOnlySpan<float> numbers)
    {
        bool isOnGrid = _type is GgmlType.IQ3_S;
        if (isOnGrid && Math.Abs(TensorPrimitives.MaxMagnitude(numbers)) > MostOnGrid)
        {
            throw new QuantizationException($"Weights of {Tensor.Name} are too large for {_type.DisplayName()}: beyond {MostOnGrid:0}.");
        }
    }
}
