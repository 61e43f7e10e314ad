using System.Buffers;

namespace LocalLlm.Quantization;

/// <summary>Quantizes tensor by tensor, a batch of rows at a time on all threads, and writes them in order.</summary>
internal sealed class VariantWriter(GgufFile model, VariantLayout layout, GgufWriter writer, int threads, IProgress<QuantizationProgress>? progress)
{
    /// <summary>About so many elements are one piece of a thread's work: they stay in a core's cache.</summary>
    private const long PieceElements = 64 * 1024;

    /// <summary>Pieces of a batch for each thread, so that a slow one does not keep all waiting.</summary>
    private const int PiecesPerThread = 8;

    /// <summary>A batch has no more elements; also the longest row.</summary>
    private const long MostElements = 1 << 26;

    private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = threads };
    private readonly long _total = layout.Tensors.Sum(tensor => tensor.Source.ByteLength);
    private long _done;
    private byte[] _read = [];
    private byte[] _made = [];

    /// <summary>Writes all tensors.</summary>
    /// <exception cref="GgufFormatException">Weights are no numbers.</exception>
    /// <exception cref="QuantizationException">A row is too long, or weights are too large for the type.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Write(CancellationToken cancellationToken)
    {
        for (int i = 0; i < layout.Tensors.Length; i++)
        {
            QuantizedTensor tensor = layout.Tensors[i];
            if (tensor.RowElements > MostElements)
            {
                throw new QuantizationException($"The rows of {tensor.Name} have {tensor.RowElements} elements, more than the {MostElements} that are worked on at once.");
            }

            RowConversion conversion = RowConversion.Of(tensor, layout.Types[i]);
            long pieceRows = Math.Max(1, PieceElements / tensor.RowElements);
            long batchRows = Math.Clamp(pieceRows * threads * PiecesPerThread, 1, MostElements / tensor.RowElements);
            for (long row = 0; row < tensor.Rows; row += batchRows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new QuantizationProgress(tensor.Name, i, layout.Tensors.Length, _done, _total));
                WriteBatch(conversion, row, (int)Math.Min(batchRows, tensor.Rows - row), (int)pieceRows, cancellationToken);
            }
        }

        progress?.Report(new QuantizationProgress("", layout.Tensors.Length, layout.Tensors.Length, _total, _total));
    }

    private void WriteBatch(RowConversion conversion, long firstRow, int rows, int pieceRows, CancellationToken cancellationToken)
    {
        int readBytes = rows * conversion.SourceRowBytes;
        int madeBytes = rows * conversion.RowBytes;
        _read = Room(_read, readBytes);
        _made = Room(_made, madeBytes);
        model.CopyTensor(conversion.Tensor.Name, firstRow * conversion.SourceRowBytes, _read.AsSpan(0, readBytes));
        try
        {
            Parallel.For(
                0,
                (rows + pieceRows - 1) / pieceRows,
                _parallel,
                () => ArrayPool<float>.Shared.Rent(conversion.IsCopy ? 0 : pieceRows * (int)conversion.Tensor.RowElements),
                (piece, loop, scratch) =>
                {
                    if (!cancellationToken.IsCancellationRequested)
                    {
                        int row = piece * pieceRows;
                        conversion.Convert(_read, _made, row, Math.Min(pieceRows, rows - row), scratch);
                    }

                    return scratch;
                },
                scratch => ArrayPool<float>.Shared.Return(scratch));
        }
        catch (AggregateException e)
        {
            // All pieces fail for the same reason.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        cancellationToken.ThrowIfCancellationRequested();
        writer.WriteTensor(conversion.Tensor.Name, (conversion.IsCopy ? _read : _made).AsSpan(0, madeBytes));
        _done += readBytes;
    }

    private static byte[] Room(byte[] buffer, int bytes) => buffer.Length >= bytes ? buffer : GC.AllocateUninitializedArray<byte>(bytes);
}
