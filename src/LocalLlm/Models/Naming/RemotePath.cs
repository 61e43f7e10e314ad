namespace LocalLlm.Models;

/// <summary>Names that come from the network and become paths here. What is no plain name on every system is none.</summary>
internal static class RemotePath
{
    private const int MaxLength = 1024;
    private const int MaxPartLength = 255;

    private static readonly string[] Reserved =
        ["CON", "PRN", "AUX", "NUL", .. Enumerable.Range(0, 10).SelectMany(i => new[] { $"COM{i}", $"LPT{i}" })];

    /// <summary>Whether a path with / between its parts stays in its folder, whatever the system.</summary>
    public static bool IsSafe(string path) => path.Length is > 0 and <= MaxLength && path.Split('/').All(IsSafePart);

    private static bool IsSafePart(string part) =>
        part.Length is > 0 and <= MaxPartLength
        && part is not ("." or "..")
        && part[^1] is not ('.' or ' ')
        && !part.Any(c => char.IsControl(c) || c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|')
        && !Reserved.Contains(part.Split('.')[0].TrimEnd(), StringComparer.OrdinalIgnoreCase);
}
