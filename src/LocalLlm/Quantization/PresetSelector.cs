using System.Globalization;
using LocalLlm.Hardware;
using LocalLlm.Planning;

namespace LocalLlm;

/// <summary>Chooses, among variants of a model, the one for a machine.</summary>
/// <remarks>
/// Where there are GPUs: the best of at least 4 bits that is all on them; else the smallest of those, if the part in RAM lets it
/// reach the wanted speed; else the best below 4 bits that is all on them or reaches it. Without GPUs: the best that reaches the
/// wanted speed. Else the smallest. So more memory of a device never gives fewer bits.
/// </remarks>
public static class PresetSelector
{
    /// <summary>What the memory of an ordinary machine reads, where it was not measured: two channels of DDR4.</summary>
    private const long OrdinaryMemorySpeed = 25_000_000_000;

    private const int ModestContext = 4096;

    /// <summary>Chooses.</summary>
    /// <param name="candidates">What there is, at least one.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="options">What is wanted; null for the defaults.</param>
    /// <exception cref="ArgumentException">There are no candidates, none satisfies the preset, or an option is not valid.</exception>
    /// <exception cref="NotEnoughMemoryException">None can run on the machine: it says what the smallest one lacks.</exception>
    public static PresetChoice Choose(IReadOnlyList<PresetCandidate> candidates, HardwareProfile machine, PresetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(machine);
        options ??= new PresetOptions();
        options.Validate();
        if (candidates.Count == 0)
        {
            throw new ArgumentException("There is nothing to choose from.", nameof(candidates));
        }

        long speed = machine.Ram.BytesPerSecond ?? OrdinaryMemorySpeed;
        PresetVerdict[] verdicts = [.. candidates.OrderBy(candidate => candidate.Rank).ThenBy(candidate => candidate.Bytes).Select(candidate => Judge(candidate, machine, options.Plan, speed))];
        (PresetVerdict chosen, string reason) = options.Preset == QuantizationPreset.Auto ? Best(verdicts, machine, options) : Named(verdicts, options.Preset);
        verdicts = [.. verdicts.Select(verdict => verdict with { Reason = ReferenceEquals(verdict, chosen) ? reason : WhyNot(verdict, chosen, options) })];
        return new PresetChoice
        {
            Chosen = verdicts.Single(verdict => ReferenceEquals(verdict.Candidate, chosen.Candidate)),
            Candidates = verdicts,
            MemoryBytesPerSecond = speed,
            IsMemorySpeedKnown = machine.Ram.BytesPerSecond is not null,
        };
    }

    private static PresetVerdict Judge(PresetCandidate candidate, HardwareProfile machine, PlanOptions options, long speed)
    {
        options = options with { ContextLength = options.ContextLength ?? Math.Min(ModestContext, candidate.Footprint.TrainedContextLength) };
        try
        {
            OffloadPlan plan = candidate.Plan(machine, options);
            PlanBasis basis = plan.Basis;
            long read = PlacementFigures.Of(basis.Model, basis.Machine, basis.Placement, basis.Settings).HostWeightsPerToken;
            double? fromRam = read == 0 ? null : (double)speed / read;
            bool fits = plan.Host.DiskBytes == 0;
            return new PresetVerdict { Candidate = candidate, Plan = plan, Fits = fits, TokensPerSecond = fits ? fromRam : plan.Host.DiskTokensPerSecond, Reason = "" };
        }
        catch (NotEnoughMemoryException e)
        {
            return new PresetVerdict { Candidate = candidate, Plan = null, Fits = false, TokensPerSecond = null, Reason = "", Refusal = e };
        }
    }

    private static (PresetVerdict Chosen, string Reason) Best(PresetVerdict[] verdicts, HardwareProfile machine, PresetOptions options)
    {
        bool hasGpu = machine.Gpus.Any(gpu => gpu.FreeBytes is not null) && options.Plan.MayUseGpus;
        PresetVerdict[] sound = [.. verdicts.Where(IsSound)];
        if (!hasGpu)
        {
            return verdicts.FirstOrDefault(verdict => IsFast(verdict, options)) is { } fast
                ? (fast, string.Create(CultureInfo.InvariantCulture, $"the best that reaches {options.MinimumTokensPerSecond:0.#} tokens/s"))
                : Smallest(verdicts, options);
        }

        if (sound.FirstOrDefault(IsOnGpu) is { } best)
        {
            return (best, "the best that is all on GPU");
        }

        if (sound.MinBy(verdict => verdict.Candidate.Bytes) is { } small && IsFast(small, options))
        {
            return (small, string.Create(CultureInfo.InvariantCulture, $"the smallest of at least 4 bits: none is all on GPU, and this one reaches {options.MinimumTokensPerSecond:0.#} tokens/s"));
        }

        return verdicts.Except(sound).FirstOrDefault(verdict => IsOnGpu(verdict) || IsFast(verdict, options)) is { } tiny
            ? (tiny, string.Create(
                CultureInfo.InvariantCulture,
                $"the best that {(IsOnGpu(tiny) ? "is all on GPU" : "is fast enough")}: those of at least 4 bits are not all on GPU, and are below {options.MinimumTokensPerSecond:0.#} tokens/s"))
            : Smallest(verdicts, options);
    }

    private static (PresetVerdict Chosen, string Reason) Smallest(PresetVerdict[] verdicts, PresetOptions options)
    {
        PresetVerdict smallest = verdicts.MinBy(verdict => verdict.Candidate.Bytes)!;
        if (smallest.Refusal is { } refusal)
        {
            throw new NotEnoughMemoryException(
                refusal.Device,
                refusal.NeededBytes,
                refusal.AvailableBytes,
                $"No variant fits. Even the smallest, {smallest.Candidate.Name}, lacks {ByteSize.Short(refusal.NeededBytes - refusal.AvailableBytes)} on {refusal.Device}: {refusal.Message}",
                refusal.Suggestions,
                refusal);
        }

        return (smallest, smallest.Fits
            ? string.Create(CultureInfo.InvariantCulture, $"the smallest: none reaches {options.MinimumTokensPerSecond:0.#} tokens/s")
            : "the smallest: none fits into memory, and its weights are read from the disk again and again");
    }

    /// <summary>What the caller named: the type that is made for the preset where it is there, else the one next to it.</summary>
    private static (PresetVerdict Chosen, string Reason) Named(PresetVerdict[] verdicts, QuantizationPreset preset)
    {
        int wanted = Quantization.FileTypeTraits.Of(preset.FileType!.Value).Rank;
        PresetVerdict chosen = verdicts
            .Where(verdict => verdict.Candidate.FileType is { } type && preset.IsSatisfiedBy(type))
            .OrderBy(verdict => Math.Abs(verdict.Candidate.Rank - wanted))
            .ThenBy(verdict => verdict.Candidate.IsMade)
            .ThenBy(verdict => verdict.Candidate.Bytes)
            .FirstOrDefault()
            ?? throw new ArgumentException($"None of {string.Join(", ", verdicts.Select(verdict => verdict.Candidate.Name))} is {preset}.", nameof(preset));
        return (chosen, $"{preset} is wanted");
    }

    private static string WhyNot(PresetVerdict verdict, PresetVerdict chosen, PresetOptions options)
    {
        if (verdict.Refusal is { } refusal)
        {
            return $"lacks {ByteSize.Short(refusal.NeededBytes - refusal.AvailableBytes)} on {refusal.Device}";
        }

        if (options.Preset != QuantizationPreset.Auto)
        {
            return $"{options.Preset} is wanted";
        }

        if (verdict.Candidate.Rank >= chosen.Candidate.Rank && IsOnGpu(verdict) == IsOnGpu(chosen))
        {
            return $"{chosen.Candidate.Name} is better";
        }

        return verdict.Fits && !IsFast(verdict, options) ? "too slow"
            : !verdict.Fits ? $"{ByteSize.Short(verdict.Plan!.Host.DiskBytes)} would be read from the disk again and again"
            : $"{chosen.Candidate.Name} is {(IsOnGpu(chosen) ? "all on GPU" : "smaller")}";
    }

    private static bool IsSound(PresetVerdict verdict) => verdict.Candidate.FileType is { } type ? type.Preset() is not null : verdict.Candidate.BitsPerWeight >= 4.25;

    private static bool IsOnGpu(PresetVerdict verdict) => verdict.Plan is { IsFullOffload: true };

    private static bool IsFast(PresetVerdict verdict, PresetOptions options) =>
        verdict.Fits && (verdict.TokensPerSecond is null || verdict.TokensPerSecond >= options.MinimumTokensPerSecond);
}
