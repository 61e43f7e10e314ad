namespace LocalLlm.Cli;

internal sealed record PresetsJson(string? Chosen, IReadOnlyList<CandidateJson> Candidates)
{
    internal static PresetsJson Of(PresetChoice choice) => new(choice.FileType?.ToString(), [.. choice.Candidates.Select(CandidateJson.Of)]);
}

internal sealed record CandidateJson(string Name, string? FileType, string? Preset, long Bytes, double BitsPerWeight, bool IsMade, bool Fits, double? TokensPerSecond, string Reason)
{
    internal static CandidateJson Of(PresetVerdict verdict)
    {
        PresetCandidate candidate = verdict.Candidate;
        return new CandidateJson(
            candidate.Name, candidate.FileType?.ToString(), candidate.FileType?.Preset()?.ToString(), candidate.Bytes, candidate.BitsPerWeight, candidate.IsMade, verdict.Fits, verdict.TokensPerSecond, verdict.Reason);
    }
}
