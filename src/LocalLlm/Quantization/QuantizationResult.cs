namespace LocalLlm;

/// <summary>A variant that was made.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="FileType">Its type.</param>
/// <param name="SourceBytes">Bytes of the model that it was made of.</param>
/// <param name="Bytes">Its own bytes.</param>
public sealed record QuantizationResult(string Path, ModelFileType FileType, long SourceBytes, long Bytes);
