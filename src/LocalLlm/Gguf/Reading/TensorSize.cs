namespace LocalLlm.Gguf;

/// <summary>Computes a tensor's number of elements and bytes without overflow.</summary>
internal static class TensorSize
{
    /// <summary>Fills <see cref="TensorEntry.ElementCount"/> and <see cref="TensorEntry.ByteLength"/>: −1 where shape or type make no sense.</summary>
    public static void Measure(ref TensorEntry entry)
    {
        entry.ElementCount = Elements(entry.Shape);
        entry.ByteLength = GgmlTypeTraits.TryGet(entry.Type, out GgmlTypeTraits traits)
            ? Bytes(entry.ElementCount, entry.Shape[0], traits)
            : -1;
    }

    /// <summary>Number of elements; 0 when a dimension is 0, −1 when one is negative or the product does not fit a long.</summary>
    public static long Elements(ReadOnlySpan<long> shape)
    {
        UInt128 product = 1;
        bool empty = false;
        foreach (long dimension in shape)
        {
            if (dimension < 0)
            {
                return -1;
            }

            empty |= dimension == 0;
            if (product <= long.MaxValue)
            {
                product *= (ulong)Math.Max(1, dimension);
            }
        }

        // llama.cpp multiplies without care and asks for less than INT64_MAX; other dimensions of an empty tensor must fit too.
        return product >= long.MaxValue ? -1 : empty ? 0 : (long)product;
    }

    private static long Bytes(long elements, long rowElements, GgmlTypeTraits traits)
    {
        if (elements < 0 || rowElements % traits.BlockSize != 0)
        {
            return -1;
        }

        Int128 bytes = (Int128)(elements / traits.BlockSize) * traits.TypeSize;
        return bytes > long.MaxValue ? -1 : (long)bytes;
    }
}
