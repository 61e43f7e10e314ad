namespace LocalLlm.Models;

/// <summary>Where a file of the store came from, as it is noted beside it.</summary>
/// <param name="Address">Its address, without what may be secret: a query is there as a fragment, the name of the folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Version">The server's tag or time of it.</param>
internal sealed record WebOrigin(string Address, long Bytes, string Version);
