namespace LocalLlm;

/// <summary>What is done to get a model, and to load it. A file that is there is only loaded.</summary>
public enum LoadStage
{
    /// <summary>Its weights are loaded.</summary>
    Loading,

    /// <summary>It is downloaded.</summary>
    Downloading,

    /// <summary>The file that a variant is made of is read, to tell whether the variant is there from before.</summary>
    Hashing,

    /// <summary>A variant is made of it.</summary>
    Quantizing,
}
