namespace LocalLlm;

/// <summary>How the weights that no GPU has get into RAM.</summary>
public enum WeightLoading
{
    /// <summary>Mapped. Where the processor does everything and there is room for it, it also makes copies in a layout that it computes faster with.</summary>
    Auto,

    /// <summary>Mapped, and nothing else: the system reads them from the file when they are needed, and drops them when it needs their memory.</summary>
    Mapped,

    /// <summary>Read into memory of the process. It must have room for all of them; the file is not needed afterwards.</summary>
    Copied,

    /// <summary>Mapped and kept in RAM, as far as the system allows locked memory. It must have room for the whole file.</summary>
    Locked,
}
