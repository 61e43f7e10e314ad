using LocalLlm.Gguf;

namespace LocalLlm.Planning;

/// <summary>
/// A model's header without what only a tokenizer needs: llama.cpp places and sizes it as it does the model, without reading a
/// vocabulary of megabytes at every question. A split model's parts become one.
/// </summary>
internal static class StrippedHeader
{
    private const string Tokenizer = "tokenizer.ggml.model";
    private const string Tokens = "tokenizer.ggml.tokens";

    /// <summary>The number of a BERT-like model's token types is a size of its weights.</summary>
    private const string TokenTypes = "tokenizer.ggml.token_type_count";

    /// <summary>The header's bytes.</summary>
    /// <param name="file">A model that <see cref="GgufFile.Validate"/> does not refuse: of any other, native code may end the process.</param>
    public static byte[] Of(GgufFile file)
    {
        GgufMetadataBuilder metadata = new();
        metadata.CopyFrom(file.Metadata, key => key == TokenTypes || !(key.StartsWith("tokenizer.", StringComparison.Ordinal) || key.StartsWith("split.", StringComparison.Ordinal)));
        metadata.SetString(Tokenizer, "none");
        if (file.Metadata.TryGetArrayInfo(Tokens, out _, out int count))
        {
            metadata.SetUInt32($"{file.Architecture}.vocab_size", (uint)count);
        }

        List<TensorPlan> tensors = [.. file.Tensors.Select(tensor => TensorPlan.Create(tensor.Name, tensor.Type, tensor.Shape.AsSpan()))];
        return HeaderWriter.Bytes(metadata, tensors);
    }
}
