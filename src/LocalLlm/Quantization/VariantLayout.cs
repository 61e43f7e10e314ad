using System.Text;
using LocalLlm.Gguf;
using LocalLlm.Hardware;
using LocalLlm.Planning;

namespace LocalLlm.Quantization;

/// <summary>What a variant of a model will be: each tensor's type, and the file to the byte. Nothing is read but the header.</summary>
internal sealed class VariantLayout
{
    /// <summary>GGML_QNT_VERSION.</summary>
    private const uint QuantizationVersion = 2;

    private const string QuantizationVersionKey = "general.quantization_version";

    private readonly GgufFile _source;
    private long? _fileBytes;

    private VariantLayout(GgufFile source, ModelFileType fileType, QuantizedTensor[] tensors, GgmlType[] types)
    {
        _source = source;
        FileType = fileType;
        Tensors = tensors;
        Types = types;
    }

    public ModelFileType FileType { get; }

    /// <summary>The tensors, in the order of the variant's file.</summary>
    public QuantizedTensor[] Tensors { get; }

    /// <summary>Their types in the variant.</summary>
    public GgmlType[] Types { get; }

    /// <summary>The first tensor that is garbage without an importance matrix; null where none is.</summary>
    public string? NeedsImportance => First((tensor, type) => TensorTypes.NeedsImportance(tensor, type, FileType));

    /// <summary>The first tensor that would be quantized a second time; null where none would.</summary>
    private string? Requantized => First((tensor, type) => tensor.SourceType.IsQuantized() && tensor.SourceType != type);

    /// <summary>Bytes of the whole file.</summary>
    public long FileBytes => _fileBytes ??= Measure();

    /// <summary>Lays out a variant of a model.</summary>
    /// <exception cref="GgufFormatException">The header does not describe a model.</exception>
    /// <exception cref="QuantizationException">llama.cpp's quantizer has no rules for that type or for one of the tensors.</exception>
    public static VariantLayout Of(GgufFile source, ModelFileType fileType)
    {
        GgmlType usual = FileTypeTraits.Of(fileType).Tensors
            ?? throw new QuantizationException($"{fileType} is made by converting a model that was trained so, not by quantizing. Take another type.");
        QuantizedTensor[] tensors = QuantizedTensor.AllOf(source);
        return new VariantLayout(source, fileType, tensors, TensorTypes.Of(QuantizedModel.Of(source), fileType, usual, tensors));
    }

    /// <summary>Throws where the variant would be garbage, worse than need be, or larger.</summary>
    /// <exception cref="QuantizationException">With the tensor or the sizes.</exception>
    public void Refuse(QuantizationOptions options)
    {
        if (NeedsImportance is { } garbage)
        {
            throw new QuantizationException($"{FileType} needs an importance matrix, without which {garbage} would be garbage. Take IQ4_XS, Q3_K_S or Q2_K, or download a file that was made with one.");
        }

        if (!options.AllowRequantize && Requantized is { } twice)
        {
            throw new QuantizationException(
                $"{_source.Location} is quantized already ({twice} among others), and quantizing it again loses more than quantizing the original would. Take a model of 16 bits, or allow it ({nameof(QuantizationOptions.AllowRequantize)}).");
        }

        if (!options.AllowMoreBits && _source.FileLength is { } length && FileBytes is long bytes && bytes > length)
        {
            throw new QuantizationException(
                $"As {FileType}, {_source.Location} would grow from {ByteSize.Short(length)} to {ByteSize.Short(bytes)}, and be no better. Allow it if that is what you want ({nameof(QuantizationOptions.AllowMoreBits)}).");
        }
    }

    /// <summary>Bytes of a tensor's data in the variant.</summary>
    public long TensorBytes(int index) => checked(Types[index].RowSize(Tensors[index].RowElements) * Tensors[index].Rows);

    /// <summary>The model's footprint with the variant's weights.</summary>
    public ModelFootprint Retype(ModelFootprint model)
    {
        Dictionary<string, (GgmlType Type, long Bytes)> variant = new(StringComparer.Ordinal);
        for (int i = 0; i < Tensors.Length; i++)
        {
            variant[Tensors[i].Name] = (Types[i], TensorBytes(i));
        }

        return model.WithWeights(tensor => tensor with { Type = variant[tensor.Name].Type, Bytes = variant[tensor.Name].Bytes });
    }

    /// <summary>Sets the variant's metadata: the model's, its own type, and nothing about parts.</summary>
    public void WriteMetadata(GgufMetadataBuilder metadata)
    {
        metadata.CopyFrom(_source.Metadata, key => !IsReplaced(key));
        SetOwn(metadata);
    }

    private void SetOwn(GgufMetadataBuilder metadata)
    {
        metadata.SetUInt32(QuantizationVersionKey, QuantizationVersion);
        metadata.SetUInt32(GgufKeys.FileType, (uint)FileType);
    }

    private long Measure()
    {
        long alignment = _source.PartHeaders[0].Alignment;
        long bytes = HeaderBytes(alignment);
        for (int i = 0; i < Tensors.Length; i++)
        {
            bytes = checked(bytes + PartHeader.AlignUp(TensorBytes(i), alignment));
        }

        return bytes;
    }

    private string? First(Func<QuantizedTensor, GgmlType, bool> isSuch) => Tensors.Where((tensor, i) => isSuch(tensor, Types[i])).FirstOrDefault()?.Name;

    private static bool IsReplaced(string key) => key is QuantizationVersionKey or GgufKeys.FileType || GgufKeys.Split.Contains(key);

    private long HeaderBytes(long alignment)
    {
        GgufMetadataBuilder own = new();
        SetOwn(own);
        long bytes = GgufLimits.FixedHeaderBytes + own.Entries.Sum(entry => (long)sizeof(ulong) + entry.Key.Length + entry.Value.Length);
        HashSet<string> keys = [];
        _source.PartHeaders[0].ReadEntries(keys, (seen, key, value) =>
        {
            string name = Encoding.Latin1.GetString(key);
            bytes += IsReplaced(name) || !seen.Add(name) ? 0 : sizeof(ulong) + key.Length + value.Length;
        });
        for (int i = 0; i < Tensors.Length; i++)
        {
            bytes += TensorPlan.Create(Tensors[i].Name, Types[i], Tensors[i].Shape).EntryBytes;
        }

        return PartHeader.AlignUp(bytes, alignment);
    }
}
