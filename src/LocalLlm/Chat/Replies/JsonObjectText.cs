using System.Text.Encodings.Web;
using System.Text.Json;

namespace LocalLlm.Chat.Replies;

/// <summary>Reads JSON that may be unfinished or wrong: what can be made out of it, each value as it is written.</summary>
internal static class JsonObjectText
{
    /// <summary>The objects of a list, or the one object that it is.</summary>
    internal static List<string> Objects(ReadOnlySpan<char> text)
    {
        List<string> objects = [];
        int open;
        while ((open = text.IndexOf('{')) >= 0)
        {
            text = text[open..];
            int length = ValueLength(text);
            objects.Add(text[..length].ToString());
            text = text[length..];
        }

        return objects;
    }

    /// <summary>The members of an object, in their order; the last value may be unfinished.</summary>
    internal static List<(string Name, string Value)> Members(ReadOnlySpan<char> text)
    {
        List<(string, string)> members = [];
        text = text.StartsWith('{') ? text[1..] : text;
        while (true)
        {
            text = text.TrimStart(" \t\r\n,");
            int length = text.StartsWith('"') ? ValueLength(text) : 0;
            if (length < 2 || String(text[..length]) is not { } name)
            {
                return members;
            }

            text = text[length..].TrimStart();
            if (!text.StartsWith(':'))
            {
                return members;
            }

            text = text[1..].TrimStart();
            length = ValueLength(text);
            members.Add((name, text[..length].TrimEnd().ToString()));
            text = text[length..];
        }
    }

    /// <summary>What a string in JSON says; null where it is none, or is not whole.</summary>
    internal static string? String(ReadOnlySpan<char> json)
    {
        if (json.Length < 2 || json[0] != '"' || json[^1] != '"')
        {
            return null;
        }

        try
        {
            using JsonDocument value = JsonDocument.Parse(json.ToString());
            return value.RootElement.GetString();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether a text is one JSON value.</summary>
    internal static bool IsValue(string text)
    {
        try
        {
            JsonDocument.Parse(text).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A text as a string in JSON.</summary>
    internal static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    // Of a value that does not end: all the rest.
    private static int ValueLength(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }

        if (text[0] is '{' or '[')
        {
            ValueScan scan = ValueScan.Json;
            return scan.Ends(text, []) ? scan.At : text.Length;
        }

        if (text[0] != '"')
        {
            int end = text.IndexOfAny(",}]");
            return end < 0 ? text.Length : end;
        }

        for (int at = 1; at < text.Length; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
            else if (text[at] == '"')
            {
                return at + 1;
            }
        }

        return text.Length;
    }
}
