namespace LocalLlm.Models;

/// <summary>A file of a repository.</summary>
/// <param name="Path">Its path in the repository, with / between folders.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Blob">The hub's name of its content: SHA-256 of a large file, git's SHA-1 of a small one; null where only a copy is known.</param>
internal sealed record HubFile(string Path, long Bytes, string? Blob);
