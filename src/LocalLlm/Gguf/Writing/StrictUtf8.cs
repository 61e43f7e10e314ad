using System.Text;

namespace LocalLlm.Gguf;

/// <summary>UTF-8 that refuses half surrogate pairs instead of writing something else.</summary>
internal static class StrictUtf8
{
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">The text is not valid UTF-16.</exception>
    public static byte[] GetBytes(string text) => Encoding.GetBytes(text);

    public static int GetByteCount(string text) => Encoding.GetByteCount(text);

    public static int GetBytes(string text, Span<byte> destination) => Encoding.GetBytes(text, destination);
}
