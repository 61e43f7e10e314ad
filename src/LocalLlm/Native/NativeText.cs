using System.Text;

namespace LocalLlm.Native;

/// <summary>Reads text from functions that fill a buffer as snprintf does.</summary>
internal static unsafe class NativeText
{
    /// <summary>Fills a buffer, and a second one where the first was too small.</summary>
    /// <param name="fill">Writes into (buffer, size) and returns the whole length in bytes, or a negative number for no text.</param>
    internal static string? Read(Func<nint, nuint, int> fill)
    {
        byte[] buffer = new byte[256];
        int length = Fill(fill, buffer);
        if (length >= buffer.Length)
        {
            buffer = new byte[length + 1];
            length = Fill(fill, buffer);
        }

        return length < 0 ? null : Encoding.UTF8.GetString(buffer, 0, Math.Min(length, buffer.Length - 1));
    }

    private static int Fill(Func<nint, nuint, int> fill, byte[] buffer)
    {
        fixed (byte* pointer = buffer)
        {
            return fill((nint)pointer, (nuint)buffer.Length);
        }
    }
}
