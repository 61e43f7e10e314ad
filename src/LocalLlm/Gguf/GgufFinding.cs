namespace LocalLlm;

/// <summary>One fault or oddity that <see cref="GgufFile.Validate"/> found.</summary>
/// <param name="Severity">Whether the model is refused or only warned about.</param>
/// <param name="Code">A stable identifier of the kind of finding, in kebab-case: "tensor-outside-file".</param>
/// <param name="Field">The metadata key, tensor name or header field concerned.</param>
/// <param name="Offset">Where in the part's file, in bytes from its start; null when it has no one place.</param>
/// <param name="Message">What is wrong, in one sentence.</param>
public sealed record GgufFinding(GgufSeverity Severity, string Code, string Field, long? Offset, string Message)
{
    /// <summary>Index of the part of a split model that the finding is in; 0 for a single file.</summary>
    public int PartIndex { get; init; }

    /// <summary>One line: severity, message, field and offset.</summary>
    public override string ToString()
    {
        string place = Offset is long offset ? $" at byte {offset}" : string.Empty;
        string part = PartIndex > 0 ? $" of part {PartIndex + 1}" : string.Empty;
        return $"{(Severity == GgufSeverity.Refuse ? "refuse" : "warn")}: {Message} [{Field}{place}{part}; {Code}]";
    }
}
