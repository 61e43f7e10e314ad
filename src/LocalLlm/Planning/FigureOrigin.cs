namespace LocalLlm;

/// <summary>How a figure of a plan is known.</summary>
public enum FigureOrigin
{
    /// <summary>From the file's header and llama.cpp's own rules: exact to the byte.</summary>
    Exact,

    /// <summary>An upper bound.</summary>
    Bound,

    /// <summary>A guess, for an architecture without rules here.</summary>
    Estimate,

    /// <summary>llama.cpp was asked, without allocating.</summary>
    Simulated,
}
