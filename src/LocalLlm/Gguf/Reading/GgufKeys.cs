namespace LocalLlm.Gguf;

/// <summary>Metadata keys of the format itself.</summary>
internal static class GgufKeys
{
    public const string Architecture = "general.architecture";
    public const string Alignment = "general.alignment";
    public const string FileType = "general.file_type";
    public const string Name = "general.name";
    public const string Type = "general.type";
    public const string ChatTemplate = "tokenizer.chat_template";
    public const string SplitNumber = "split.no";
    public const string SplitCount = "split.count";
    public const string SplitTensorsCount = "split.tensors.count";

    /// <summary>The keys that make a file a part of a set.</summary>
    public static readonly string[] Split = [SplitNumber, SplitCount, SplitTensorsCount];
}
