namespace LocalLlm;

/// <summary>One model of a folder or repository: a file, or all parts of a split set.</summary>
public sealed record ModelVariant
{
    /// <summary>What names exactly this variant.</summary>
    public required ModelReference Reference { get; init; }

    /// <summary>
    /// The quantization that the file's name tells, such as <c>Q4_K_M</c>, <c>UD-Q4_K_XL</c> or <c>BF16</c>, in capitals.
    /// Null: the name tells none.
    /// </summary>
    public string? Label { get; init; }

    /// <summary>Its files; the parts of a split set in order.</summary>
    public required IReadOnlyList<ModelFile> Files { get; init; }

    /// <summary>The first file's path where all files are on this machine, else null: <see cref="ModelStore.PullAsync"/> gets them.</summary>
    public string? LocalPath { get; init; }

    /// <summary>The commit of the hub's repository that the files are of, in 40 hexadecimal digits; null for what is not from the hub.</summary>
    public string? Commit { get; init; }

    /// <summary>The first file's name in the folder or repository.</summary>
    public string Name => Files[0].Name;

    /// <summary>The size of all files together, in bytes.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);

    /// <summary>Whether the server said just now that this is the version of the files that its revision stands for.</summary>
    internal bool IsCurrent { get; init; }

    /// <summary>Name, label and size, for messages.</summary>
    public override string ToString() => Label is null ? Name : $"{Label} ({Name})";
}
