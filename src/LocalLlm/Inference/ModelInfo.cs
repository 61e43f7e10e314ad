namespace LocalLlm;

/// <summary>What a loaded model is.</summary>
public sealed record ModelInfo
{
    /// <summary>Full path of the file; of a split model the first part's.</summary>
    public required string Path { get; init; }

    /// <summary>The model's name in its own metadata; without one, the file's name.</summary>
    public required string Name { get; init; }

    /// <summary>Architecture, such as <c>llama</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Number of weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>The type of most weights, such as <c>Q4_K - Medium</c>.</summary>
    public required string FileType { get; init; }

    /// <summary>Bytes of all weights.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>
    /// Tells its files from others: SHA-256, in hexadecimal digits, over each part's length, its header, and 64 samples of 4 KiB spread
    /// over its weights. Files that differ only elsewhere have the same.
    /// </summary>
    public required string Fingerprint { get; init; }

    /// <summary>Number of layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Width of the embeddings.</summary>
    public required int EmbeddingLength { get; init; }

    /// <summary>Number of tokens in the vocabulary.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The longest context that the model was trained for, in tokens.</summary>
    public required int TrainedContextLength { get; init; }

    /// <summary>The context that one conversation has here, in tokens.</summary>
    public required int ContextLength { get; init; }

    /// <summary>The model's own chat template, in Jinja; null where the file has none.</summary>
    public required string? ChatTemplate { get; init; }

    /// <summary>The model's further chat templates by name, such as <c>tool_use</c>; see <see cref="TemplateOptions.Name"/>.</summary>
    public required IReadOnlyDictionary<string, string> ChatTemplateVariants { get; init; }

    /// <summary>The licence that the file names; null where it names none.</summary>
    public required string? License { get; init; }
}
