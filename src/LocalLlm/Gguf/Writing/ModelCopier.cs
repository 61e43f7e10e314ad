using System.Buffers;

namespace LocalLlm.Gguf;

/// <summary>Writes a model anew, tensor by tensor.</summary>
internal static class ModelCopier
{
    private const int CopyBytes = 1024 * 1024;

    public static IReadOnlyList<string> Copy(string sourcePath, string destinationPath, GgufSplitOptions? split, bool overwrite, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        using GgufFile source = GgufFile.Open(sourcePath);
        source.ThrowIfDamaged();
        using GgufWriter writer = GgufWriter.Create(destinationPath, new GgufWriterOptions
        {
            Version = source.PartHeaders[0].Version,
            Overwrite = overwrite,
            Split = split,
        });
        writer.Metadata.CopyFrom(source.Metadata);
        PartPlan.RemoveKeys(writer.Metadata);
        foreach (GgufTensorInfo tensor in source.Tensors)
        {
            writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape.AsSpan());
        }

        CopyTensors(source, writer, progress, cancellationToken);
        return writer.Complete();
    }

    private static void CopyTensors(GgufFile source, GgufWriter writer, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            long copied = 0;
            foreach (GgufTensorInfo tensor in source.Tensors)
            {
                for (long at = 0; at < tensor.ByteLength;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, tensor.ByteLength - at));
                    source.CopyTensor(tensor.Name, at, piece);
                    writer.WriteTensor(tensor.Name, piece);
                    at += piece.Length;
                    copied += piece.Length;
                    progress?.Report(copied);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
