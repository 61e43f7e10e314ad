namespace LocalLlm.Gguf;

/// <summary>Where a tensor's data lie.</summary>
/// <param name="Name">Name of the tensor.</param>
/// <param name="Source">The file that holds it.</param>
/// <param name="Start">Its first byte in that file.</param>
/// <param name="Length">Its bytes.</param>
internal sealed record TensorSpan(string Name, GgufSource Source, long Start, long Length)
{
    /// <summary>Throws when a piece is not within the tensor.</summary>
    public void Check(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset > Length - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"Tensor '{Name}' has {Length} bytes; {length} from {offset} on are not within it.");
        }
    }

    /// <summary>Throws when less was read than lies in the tensor: the file has been cut.</summary>
    public void CheckRead(long offset, int asked, int read)
    {
        if (read < asked)
        {
            long end = Start + offset + read;
            throw new GgufFormatException($"{Source.Location} ends at byte {end}, within the data of tensor '{Name}': it is cut off, or was changed after it was opened.", end, Name);
        }
    }
}
