namespace LocalLlm.Planning;

/// <summary>A GPU as the planner sees it.</summary>
internal sealed record PlanDevice
{
    /// <summary>What the CUDA context and its libraries take before the first buffer: a first guess, 107 to 555 MiB were seen.</summary>
    public const long DefaultReserve = 320L << 20;

    /// <summary>"gpu0", by its place in the profile.</summary>
    public required string Name { get; init; }

    /// <summary>ggml's name of the device, such as "CUDA0"; the same as <see cref="Name"/> for one that is only described.</summary>
    public string NativeName { get; init; } = "";

    /// <summary>How llama.cpp's log calls the buffers in its memory. Default <see cref="NativeName"/>.</summary>
    public string BufferName
    {
        get => field ?? NativeName;
        init;
    }

    /// <summary>Further names that a person may call it by, such as ggml's and its PCI id.</summary>
    public IReadOnlyList<string> OtherNames { get; init; } = [];

    /// <summary>Bytes that are free; null where the driver does not tell.</summary>
    public required long? FreeBytes { get; init; }

    /// <summary>Who tells or bounds <see cref="FreeBytes"/>; null where that is not known.</summary>
    public string? FreeBytesSource { get; init; }

    /// <summary>Bytes that will be taken before the model's first buffer. 0 when measured with the context in place.</summary>
    public long ReserveBytes { get; init; } = DefaultReserve;

    /// <summary>How its buffers round sizes. Default CUDA's.</summary>
    public GpuSizeRules Rules { get; init; } = GpuSizeRules.Cuda;

    /// <summary>Whether its memory is the machine's: every byte then counts once against both. Default false.</summary>
    public bool SharesRam { get; init; }

    /// <summary>Whether fused attention over a quantized cache makes 16-bit copies of a layer's, as CUDA's kernels do. Default true.</summary>
    public bool CopiesQuantizedCache { get; init; } = true;

    /// <summary>Whether llama.cpp can pipeline over it (asynchronous copies and events). Default true.</summary>
    public bool CanPipeline { get; init; } = true;
}
