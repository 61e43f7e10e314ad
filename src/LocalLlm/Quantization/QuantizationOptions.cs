using LocalLlm.Hardware;

namespace LocalLlm;

/// <summary>How <see cref="ModelQuantizer"/> makes a variant.</summary>
public sealed record QuantizationOptions
{
    /// <summary>Whether the variant may be larger than the model that it is made of. Default false: that wins nothing.</summary>
    public bool AllowMoreBits { get; init; }

    /// <summary>Whether weights that are quantized already may be quantized again, which loses more than quantizing the original. Default false.</summary>
    public bool AllowRequantize { get; init; }

    /// <summary>Whether a file that exists is replaced. Default false: it is an <see cref="IOException"/>.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Computing threads, 1 to 512. Null (default): one for each physical core that the process may run on.</summary>
    public int? Threads { get; init; }

    internal void Validate()
    {
        ProcessorCores.CheckThreads(Threads);
    }
}
