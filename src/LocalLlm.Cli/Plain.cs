using System.Globalization;
using System.Text;

namespace LocalLlm.Cli;

/// <summary>Text out of a file, so that it stays one line and can't command the terminal.</summary>
internal static class Plain
{
    internal static string Of(string text)
    {
        if (!text.Any(IsUnseen))
        {
            return text;
        }
        StringBuilder plain = new(text.Length + 16);
        foreach (char c in text)
        {
            plain = c switch
            {
                '\n' => plain.Append("\\n"),
                '\r' => plain.Append("\\r"),
                '\t' => plain.Append("\\t"),
                _ when IsUnseen(c) => plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => plain.Append(c),
            };
        }
        return plain.ToString();
    }

    /// <summary>The first characters only, where it is longer, and then how many there are.</summary>
    internal static string Cut(string text, int most)
    {
        if (text.Length <= most)
        {
            return Of(text);
        }
        int end = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return string.Create(CultureInfo.InvariantCulture, $"{Of(text[..end])}… ({text.Length:N0} characters)");
    }

    private static bool IsUnseen(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
