namespace LocalLlm.Gguf.Rules;

/// <summary>How a graph rotates queries and keys, as far as it limits the hyper-parameters.</summary>
internal enum RopeKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>The first elements of each head.</summary>
    Head,

    /// <summary>A part that is cut off beforehand, of exactly the rotated size.</summary>
    Part,

    /// <summary>As <see cref="Head"/>, in sections for several axes, which must be given.</summary>
    Sections,

    /// <summary>As <see cref="Sections"/> where they are given, else as <see cref="Head"/>.</summary>
    OptionalSections,
}
