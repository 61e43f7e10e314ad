using System.Text.Json.Serialization;

namespace LocalLlm.Models;

/// <summary>What the hub's API answers, and what the store writes for itself.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HubModelJson))]
[JsonSerializable(typeof(HubRefsJson))]
[JsonSerializable(typeof(HubListing))]
[JsonSerializable(typeof(WebOrigin))]
internal sealed partial class HubJson : JsonSerializerContext;

internal sealed record HubModelJson(string? Sha, IReadOnlyList<HubSiblingJson?>? Siblings);

internal sealed record HubSiblingJson(string? Rfilename, long? Size, string? BlobId, HubLfsJson? Lfs);

internal sealed record HubLfsJson(string? Sha256, long? Size);

internal sealed record HubRefsJson(IReadOnlyList<HubRefJson?>? Branches, IReadOnlyList<HubRefJson?>? Tags);

internal sealed record HubRefJson(string? Name);
