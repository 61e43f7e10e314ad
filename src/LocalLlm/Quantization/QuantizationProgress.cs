namespace LocalLlm;

/// <summary>How far the making of a variant has come.</summary>
/// <param name="Tensor">The tensor that is worked on.</param>
/// <param name="TensorsDone">Tensors that are complete.</param>
/// <param name="TensorCount">All tensors.</param>
/// <param name="BytesDone">Bytes of the model that have been worked off.</param>
/// <param name="TotalBytes">Bytes of the model's weights.</param>
public sealed record QuantizationProgress(string Tensor, int TensorsDone, int TensorCount, long BytesDone, long TotalBytes)
{
    /// <summary>The share that is done, 0 to 1.</summary>
    public double Fraction => TotalBytes == 0 ? 1 : (double)BytesDone / TotalBytes;
}
