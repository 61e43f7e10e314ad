namespace LocalLlm.Models;

/// <summary>What is known of a repository's revision.</summary>
/// <param name="Listings">
/// The files of the revision's commit; where only the cache was asked, those that are there, and after them those of other
/// commits, newest first.
/// </param>
/// <param name="Failure">Why only the cache was asked; null: the hub said what the revision is now.</param>
internal sealed record HubSnapshot(IReadOnlyList<HubListing> Listings, LocalLlmException? Failure);
