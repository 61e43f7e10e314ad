using System.Buffers;

namespace LocalLlm.Models;

/// <summary>What the hub allows as names. They become parts of paths and addresses here.</summary>
internal static class HubNames
{
    public const string Main = "main";
    private const int MaxLength = 96;

    private static readonly SearchValues<char> NotInRevision = SearchValues.Create("~^:?*[@ ");

    /// <summary>owner/name, both of letters, digits and . - _, without the two marks that the cache's folders are named with.</summary>
    public static bool IsRepository(string text) =>
        text.Split('/') is [var owner, var name] && IsName(owner) && IsName(name) && !name.EndsWith(".git", StringComparison.OrdinalIgnoreCase);

    /// <summary>A branch, tag or commit, by git's rules for the names of references.</summary>
    public static bool IsRevision(string text) =>
        text.Length is > 0 and <= 256
        && !text.Contains("..", StringComparison.Ordinal)
        && !text.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)
        && RemotePath.IsSafe(text)
        && text.AsSpan().IndexOfAny(NotInRevision) < 0
        && text.Split('/').All(part => part[0] != '.' && !part.EndsWith(".lock", StringComparison.Ordinal));

    public static bool IsCommit(string text) => IsHex(text, 40);

    /// <summary>What a blob is named: the SHA-256 of a large file, or git's SHA-1 of a small one.</summary>
    public static bool IsBlob(string text) => IsHex(text, 64) || IsHex(text, 40);

    public static bool IsSha256(string text) => IsHex(text, 64);

    /// <summary>A text for messages, without what could command a terminal.</summary>
    public static string Printable(string text) => string.Concat(text.Take(200).Select(c => char.IsControl(c) ? '?' : c));

    private static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxLength
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
        && name[0] is not ('.' or '-')
        && name[^1] is not ('.' or '-')
        && !name.Contains("--", StringComparison.Ordinal)
        && !name.Contains("..", StringComparison.Ordinal);
}
