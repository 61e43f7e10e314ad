namespace LocalLlm;

/// <summary>A file of a model: the only one, or a part of a split set.</summary>
public sealed record ModelFile
{
    /// <summary>Its name in the folder or repository, with / between folders.</summary>
    public required string Name { get; init; }

    /// <summary>Its size in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The SHA-256 that it must have, in 64 small hexadecimal digits. Null: nobody says.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Where it is downloaded from; null for a file of this machine.</summary>
    public Uri? Address { get; init; }

    /// <summary>What the server calls this version of the file: the hub's name of the blob, or the entity tag or time of an address.</summary>
    internal string? Version { get; init; }
}
