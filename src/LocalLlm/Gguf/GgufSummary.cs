namespace LocalLlm;

/// <summary>What a model is and where its bytes are, from its header. A copy: it stays valid after the file is disposed.</summary>
public sealed class GgufSummary
{
    /// <summary>"general.architecture", or null when it is missing.</summary>
    public required string? Architecture { get; init; }

    /// <summary>"general.name", or null when it is missing.</summary>
    public required string? Name { get; init; }

    /// <summary>The file type in llama.cpp's words ("Q4_K - Medium"); begins with "(guessed)" when the file does not say and the most frequent type decides.</summary>
    public required string FileType { get; init; }

    /// <summary>Whether the file has a chat template.</summary>
    public required bool HasChatTemplate { get; init; }

    /// <summary>Tokens in the vocabulary, or null when the file has none.</summary>
    public required int? VocabularySize { get; init; }

    /// <summary>Tokens of context that the model was trained on, or null when the file does not say.</summary>
    public required long? ContextLength { get; init; }

    /// <summary>Number of layers, or null when the file does not say.</summary>
    public required long? BlockCount { get; init; }

    /// <summary>Number of tensors.</summary>
    public required int TensorCount { get; init; }

    /// <summary>Elements of all tensors together.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Bytes of all tensors together, without padding.</summary>
    public required long TensorBytes { get; init; }

    /// <summary>Mean bits per parameter; 0 when there are none.</summary>
    public double BitsPerParameter => ParameterCount == 0 ? 0 : TensorBytes * 8.0 / ParameterCount;

    /// <summary>The tensors by type, the most bytes first.</summary>
    public required IReadOnlyList<GgufTypeSize> Types { get; init; }

    /// <summary>The tensors by layer, in the order in which layers first appear in the file; tensors outside the layers each under their own name.</summary>
    public required IReadOnlyList<GgufLayerSize> Layers { get; init; }
}
