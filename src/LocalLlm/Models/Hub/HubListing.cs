namespace LocalLlm.Models;

/// <summary>The files of a repository at one commit, or those of them that are in the cache.</summary>
/// <param name="Commit">The commit, in 40 hexadecimal digits.</param>
/// <param name="Files">The files with safe names only.</param>
internal sealed record HubListing(string Commit, IReadOnlyList<HubFile> Files);
