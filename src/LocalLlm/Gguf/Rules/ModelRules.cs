namespace LocalLlm.Gguf;

/// <summary>The model-level rules: what each architecture's loader needs. Called by <see cref="GgufFile.Validate"/> when the general checks refuse nothing.</summary>
internal static class ModelRules
{
    /// <summary>Adds what is wrong with the model that the file describes.</summary>
    public static void Check(GgufFile file, List<GgufFinding> findings)
    {
        _ = file;
        _ = findings;
    }
}
