namespace LocalLlm.Gguf;

/// <summary>Writes padding.</summary>
internal static class Zeros
{
    public static void Write(Stream stream, long count)
    {
        Span<byte> zeros = stackalloc byte[512];
        zeros.Clear();
        for (; count > 0; count -= zeros.Length)
        {
            stream.Write(zeros[..(int)Math.Min(count, zeros.Length)]);
        }
    }
}
