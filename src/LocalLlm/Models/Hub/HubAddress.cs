namespace LocalLlm.Models;

/// <summary>The two ways to write a repository of the hub: <c>hf:owner/repo…</c>, and the address of its page.</summary>
internal static class HubAddress
{
    public const string Scheme = "hf:";
    private const string Extension = ".gguf";

    public static bool IsHub(Uri address) => address.IdnHost is "huggingface.co" or "www.huggingface.co" or "hf.co";

    public static string Text(string repository, string? variant, string? revision) =>
        $"{Scheme}{repository}{(variant is null ? "" : $":{variant}")}{(revision is null ? "" : $"@{revision}")}";

    /// <summary>Takes <c>owner/repo[:VARIANT][@revision]</c> apart; null, and what is wrong with it.</summary>
    public static (string Repository, string? Variant, string? Revision)? Parse(string text, out string? wrong)
    {
        string? revision = null;

        // A file's name may hold an @ as well.
        if (text.LastIndexOf('@') is int at and >= 0 && !text.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
        {
            revision = text[(at + 1)..];
            text = text[..at];
        }

        int colon = text.IndexOf(':');
        string? variant = colon < 0 ? null : text[(colon + 1)..];
        return Checked(colon < 0 ? text : text[..colon], variant, revision, out wrong);
    }

    /// <summary>Takes the address of a repository's page, or of a file in it, apart; null, and what is wrong with it.</summary>
    public static (string Repository, string? Variant, string? Revision)? Parse(Uri address, out string? wrong)
    {
        string[] segments = [.. address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];
        if (segments.Length < 2 || segments[0] is "api" or "datasets" or "spaces")
        {
            wrong = "a model's address on the hub begins with /owner/repo.";
            return null;
        }

        string repository = $"{segments[0]}/{segments[1]}";
        if (segments.Length == 2)
        {
            return Checked(repository, null, null, out wrong);
        }

        // Pull requests and conversions are the revisions refs/pr/1 and the like.
        int after = segments.Length > 5 && segments[3] == "refs" ? 6 : 4;
        string? revision = segments.Length < after ? null : string.Join('/', segments[3..after]);
        string? file = segments.Length == after ? null : string.Join('/', segments[Math.Min(after, segments.Length)..]);
        if (segments[2] is "tree" && revision is not null)
        {
            return Checked(repository, null, revision, out wrong);
        }

        if (segments[2] is "resolve" or "blob" && file is { Length: > 0 } && file.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
        {
            return Checked(repository, file, revision, out wrong);
        }

        wrong = "on the hub that is the address of a repository, or of a .gguf file in one (…/resolve/REVISION/FILE).";
        return null;
    }

    private static (string Repository, string? Variant, string? Revision)? Checked(string repository, string? variant, string? revision, out string? wrong)
    {
        wrong = !HubNames.IsRepository(repository) ? "a repository is written owner/name, of letters, digits and . - _."
            : variant is not null && !RemotePath.IsSafe(variant) ? "after the colon comes a label such as Q4_K_M, or the name of a file there."
            : revision is not null && !HubNames.IsRevision(revision) ? "after the @ comes a branch, a tag or a commit."
            : null;
        return wrong is null ? (repository, variant, revision == HubNames.Main ? null : revision) : null;
    }
}
