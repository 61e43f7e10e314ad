namespace LocalLlm;

/// <summary>The processor.</summary>
public sealed record CpuProfile
{
    /// <summary>The product's name; empty where it is not known.</summary>
    public string Name { get; init; } = "";

    /// <summary>Physical cores of the machine.</summary>
    public int PhysicalCores { get; init; } = 1;

    /// <summary>Cores that computing threads should take: physical ones that this process may run on, within the container's CPU limit.</summary>
    public int UsableCores { get; init; } = 1;

    /// <summary>Hardware threads of the machine.</summary>
    public int LogicalCores { get; init; } = 1;

    /// <summary>The container's CPU limit in cores, such as 1.5; null where there is none or the system has no such thing.</summary>
    public double? CoreLimit { get; init; }

    /// <summary>The instruction sets that ggml makes use of, such as <c>AVX2</c>.</summary>
    public IReadOnlyList<string> InstructionSets { get; init; } = [];
}
