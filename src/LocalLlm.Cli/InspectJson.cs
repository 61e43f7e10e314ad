using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace LocalLlm.Cli;

internal sealed record InspectJson(
    string Location, long? FileBytes, string? Architecture, string? Name, string FileType,
    long ParameterCount, int TensorCount, long TensorBytes, double BitsPerParameter,
    long? BlockCount, long? ContextLength, int? VocabularySize, bool HasChatTemplate,
    IReadOnlyList<PartJson> Parts, IReadOnlyList<MetadataJson> Metadata, IReadOnlyList<LayerJson> Layers, IReadOnlyList<TypeJson> Types,
    IReadOnlyList<ProblemJson> Problems,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<TensorJson>? Tensors)
{
    internal static InspectJson Of(GgufFile file, bool tensors)
    {
        GgufSummary summary = file.Summarize();
        return new InspectJson(
            file.Location, file.FileLength, summary.Architecture, summary.Name, summary.FileType,
            summary.ParameterCount, summary.TensorCount, summary.TensorBytes, summary.BitsPerParameter,
            summary.BlockCount, summary.ContextLength, summary.VocabularySize, summary.HasChatTemplate,
            [.. file.Parts.Select(p => new PartJson(p.Location, p.FileLength, p.ETag, p.Version, p.Alignment, p.HeaderLength, p.DataOffset, p.TensorCount))],
            [.. file.Metadata.Keys.Select(key => MetadataEntry.Of(file.Metadata, key).Json())],
            [.. summary.Layers.Select(l => new LayerJson(l.Name, l.Index, l.TensorCount, l.ParameterCount, l.Bytes))],
            [.. summary.Types.Select(t => new TypeJson(t.Type.DisplayName(), t.TensorCount, t.ParameterCount, t.Bytes))],
            [.. file.Validate().Select(ProblemJson.Of)],
            tensors ? [.. file.Tensors.Select(TensorJson.Of)] : null);
    }
}

internal sealed record PartJson(string Location, long? FileBytes, string? ETag, int Version, long Alignment, long HeaderBytes, long DataOffset, int TensorCount);

/// <summary>An entry; of an array <c>Value</c> holds the first elements only, <c>Length</c> tells how many there are.</summary>
internal sealed record MetadataJson(string Key, string Type, int? Length, JsonNode? Value);

internal sealed record LayerJson(string Name, int? Index, int TensorCount, long ParameterCount, long Bytes);

internal sealed record TypeJson(string Type, int TensorCount, long ParameterCount, long Bytes);

internal sealed record ProblemJson(string Severity, string Code, string Field, long? Offset, int Part, string Message)
{
    internal static ProblemJson Of(GgufFinding finding) =>
        new(InspectTables.Severity(finding), finding.Code, finding.Field, finding.Offset, finding.PartIndex + 1, finding.Message);
}

/// <summary>A tensor; what a damaged file leaves unknown is null.</summary>
internal sealed record TensorJson(string Name, string Type, IReadOnlyList<long> Shape, long? ParameterCount, long? Bytes, int Part, long FileOffset)
{
    internal static TensorJson Of(GgufTensorInfo tensor) => new(
        tensor.Name, tensor.Type.DisplayName(), tensor.Shape,
        tensor.ElementCount < 0 ? null : tensor.ElementCount, tensor.ByteLength < 0 ? null : tensor.ByteLength,
        tensor.PartIndex + 1, tensor.FileOffset);
}
