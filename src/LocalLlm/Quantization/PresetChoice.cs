using System.Globalization;
using System.Text;
using LocalLlm.Hardware;

namespace LocalLlm;

/// <summary>A variant that was chosen for a machine, and why. <see cref="ToString"/> explains it, each candidate in a line.</summary>
public sealed record PresetChoice
{
    /// <summary>What was chosen.</summary>
    public required PresetVerdict Chosen { get; init; }

    /// <summary>All candidates, the best quality first.</summary>
    public required IReadOnlyList<PresetVerdict> Candidates { get; init; }

    /// <summary>Bytes per second that the processor's memory was taken to read.</summary>
    public required long MemoryBytesPerSecond { get; init; }

    /// <summary>Whether that was measured or stated; else it is an assumption.</summary>
    public required bool IsMemorySpeedKnown { get; init; }

    /// <summary>The chosen file type; null where its file says none that the pinned release knows.</summary>
    public ModelFileType? FileType => Chosen.Candidate.FileType;

    /// <summary>The preset that it satisfies; null: none.</summary>
    public QuantizationPreset? Preset => FileType?.Preset();

    /// <summary>Where it goes; null where an explicit preset was taken that does not fit.</summary>
    public OffloadPlan? Plan => Chosen.Plan;

    /// <summary>Each candidate in a line, the chosen one marked.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        int name = Candidates.Max(verdict => verdict.Candidate.Name.Length);
        foreach (PresetVerdict verdict in Candidates)
        {
            PresetCandidate candidate = verdict.Candidate;
            text.Append(CultureInfo.InvariantCulture, $"{(ReferenceEquals(verdict, Chosen) ? '>' : ' ')} {candidate.Name.PadRight(name)}  {ByteSize.Short(candidate.Bytes),10}  {candidate.BitsPerWeight,5:0.00} bits  ")
                .Append(PlanIn(verdict))
                .Append(": ")
                .AppendLine(verdict.Reason);
        }

        string speed = MemoryBytesPerSecond < 1_000_000_000
            ? string.Create(CultureInfo.InvariantCulture, $"{MemoryBytesPerSecond / 1e6:0.#} MB/s")
            : string.Create(CultureInfo.InvariantCulture, $"{MemoryBytesPerSecond / 1e9:0.#} GB/s");
        return text.Append(CultureInfo.InvariantCulture, $"Speeds are for memory that reads {speed}{(IsMemorySpeedKnown ? "" : ", which is assumed")}.").ToString();
    }

    private static string PlanIn(PresetVerdict verdict)
    {
        if (verdict.Plan is not { } plan)
        {
            return "no plan";
        }

        string where = plan.IsFullOffload ? "all on GPU" : plan.Layers.Count(layer => layer.Device != "cpu") is > 0 and int onGpu
            ? string.Create(CultureInfo.InvariantCulture, $"{onGpu} of {plan.LayerCount + 1} modules on GPU")
            : plan.Host.DiskBytes > 0 ? "RAM and disk" : "all in RAM";
        return verdict.TokensPerSecond is { } speed ? string.Create(CultureInfo.InvariantCulture, $"{where}, {speed:0.0} tokens/s") : where;
    }
}
