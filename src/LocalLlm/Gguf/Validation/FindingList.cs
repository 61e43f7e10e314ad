namespace LocalLlm.Gguf;

/// <summary>Collects findings of one part, up to a limit that keeps a hostile file from filling memory.</summary>
internal sealed class FindingList(int partIndex)
{
    private int _left = GgufLimits.MaxFindings;

    public List<GgufFinding> Items { get; } = [];

    /// <summary>False when no more findings are kept: checking on is of no use.</summary>
    public bool HasRoom => _left > 0;

    public void Refuse(string code, string field, long? offset, string message) =>
        Add(GgufSeverity.Refuse, code, field, offset, message);

    public void Warn(string code, string field, long? offset, string message) =>
        Add(GgufSeverity.Warn, code, field, offset, message);

    private void Add(GgufSeverity severity, string code, string field, long? offset, string message)
    {
        // The last places are for what refuses the file.
        int needed = severity == GgufSeverity.Refuse ? 1 : GgufLimits.MaxFindings / 2;
        if (_left >= needed)
        {
            _left--;
            Items.Add(new GgufFinding(severity, code, field, offset, message) { PartIndex = partIndex });
        }
    }
}
