namespace LocalLlm;

/// <summary>How <see cref="GgufWriter"/> writes.</summary>
public sealed class GgufWriterOptions
{
    /// <summary>Version of the format; 2 and 3 differ in nothing but the number.</summary>
    /// <value>2 or 3. Default: 3.</value>
    public int Version { get; init; } = 3;

    /// <summary>Whether files that exist are replaced; if not, they are an <see cref="IOException"/>.</summary>
    /// <value>Default: false.</value>
    public bool Overwrite { get; init; }

    /// <summary>Where the model is cut into parts; only for paths.</summary>
    /// <value>Default: null, one file.</value>
    public GgufSplitOptions? Split { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Version, 2, nameof(Version));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Version, 3, nameof(Version));
        Split?.Validate();
    }
}
