using System.Globalization;
using LocalLlm.Gguf;

namespace LocalLlm.Quantization;

/// <summary>
/// The type that each tensor has in a variant of a model, by the rules of llama.cpp's quantizer without an importance matrix
/// (llama_tensor_get_type in llama-quant.cpp of the pinned release). Tests compare it with the quantizer's own dry run.
/// </summary>
internal sealed class TensorTypes
{
    private readonly QuantizedModel _model;
    private readonly ModelFileType _fileType;
    private readonly GgmlType _usual;
    private readonly bool _isTied;
    private readonly int _valueTensors;
    private int _values;
    private int _downs;
    private int _gates;
    private int _ups;

    private TensorTypes(QuantizedModel model, ModelFileType fileType, GgmlType usual, IReadOnlyList<QuantizedTensor> tensors)
    {
        _model = model;
        _fileType = fileType;
        _usual = usual;
        _isTied = !tensors.Any(tensor => tensor.Role == TensorRole.Output);
        _valueTensors = tensors.Count(tensor => tensor.Role == TensorRole.Value);
    }

    private bool IsFalcon => _model.Architecture == "falcon";

    private bool HasEightExperts => _model.ExpertCount == 8;

    /// <summary>The first eighth of the layers.</summary>
    private int EarlyLayers => _model.LayerCount / 8;

    private bool SharesValues => _model.HeadsPerKvHead >= 4;

    /// <summary>The types.</summary>
    /// <param name="model">The model.</param>
    /// <param name="fileType">The variant.</param>
    /// <param name="usual">The type of most of its tensors.</param>
    /// <param name="tensors">The tensors, in the quantizer's order.</param>
    /// <exception cref="QuantizationException">There is no type for a tensor.</exception>
    public static GgmlType[] Of(QuantizedModel model, ModelFileType fileType, GgmlType usual, IReadOnlyList<QuantizedTensor> tensors)
    {
        TensorTypes types = new(model, fileType, usual, tensors);
        return [.. tensors.Select(tensor => !tensor.IsQuantized ? tensor.SourceType : usual.IsQuantized() ? Fitting(tensor, types.Wanted(tensor)) : usual)];
    }

    /// <summary>Whether a tensor of this type is garbage without an importance matrix.</summary>
    public static bool NeedsImportance(QuantizedTensor tensor, GgmlType type, ModelFileType fileType) =>
        tensor.IsQuantized && tensor.Role is not (TensorRole.Embeddings or TensorRole.Output) && type switch
        {
            GgmlType.IQ3_XXS or GgmlType.IQ2_XXS or GgmlType.IQ2_XS or GgmlType.IQ2_S or GgmlType.IQ1_M or GgmlType.IQ1_S => true,
            GgmlType.Q2_K => fileType == ModelFileType.Q2_K_S,
            _ => false,
        };

    private GgmlType Wanted(QuantizedTensor tensor) => tensor.Role switch
    {
        TensorRole.Output => OutputType(tensor),
        TensorRole.Embeddings when _isTied => OutputType(tensor),
        _ when _fileType == ModelFileType.MXFP4_MOE => MixtureType(tensor),
        TensorRole.Embeddings => EmbeddingsType(),
        _ when IsBelowThreeBits => TinyType(tensor),
        TensorRole.Value => ValueType(),
        TensorRole.Key when HasEightExperts => GgmlType.Q8_0,
        TensorRole.Key or TensorRole.Query => QueryOrKeyType(),
        TensorRole.FeedForwardDown => DownType(tensor),
        TensorRole.AttentionOutput => AttentionOutputType(),
        TensorRole.FeedForwardGate or TensorRole.FeedForwardUp => GateOrUpType(tensor),
        _ => _usual,
    };

    private bool IsBelowThreeBits => _fileType is ModelFileType.IQ2_XXS or ModelFileType.IQ2_XS or ModelFileType.IQ2_S or ModelFileType.IQ2_M or ModelFileType.IQ1_S or ModelFileType.IQ1_M;

    private bool IsTwoAndAHalfBits => _fileType is ModelFileType.IQ2_S or ModelFileType.IQ2_M;

    private GgmlType OutputType(QuantizedTensor tensor) => _fileType switch
    {
        ModelFileType.MXFP4_MOE => GgmlType.Q8_0,
        _ when IsFalcon || tensor.RowElements % _usual.BlockSize() != 0 => GgmlType.Q8_0,
        _ when IsBelowThreeBits || _fileType == ModelFileType.IQ3_XXS => GgmlType.Q5_K,
        _ => _usual == GgmlType.Q8_0 ? GgmlType.Q8_0 : GgmlType.Q6_K,
    };

    private GgmlType MixtureType(QuantizedTensor tensor)
    {
        bool mayBeExpert = _model.Architecture != "bailingmoe3"
            || tensor.Role is TensorRole.FeedForwardUp or TensorRole.FeedForwardGate or TensorRole.FeedForwardDown;
        return tensor.Matrices > 1 && mayBeExpert ? GgmlType.MXFP4 : GgmlType.Q8_0;
    }

    private GgmlType EmbeddingsType() => _fileType switch
    {
        ModelFileType.IQ2_XXS or ModelFileType.IQ2_XS or ModelFileType.IQ1_S or ModelFileType.IQ1_M => GgmlType.Q2_K,
        ModelFileType.IQ2_S or ModelFileType.IQ2_M or ModelFileType.IQ3_XXS => GgmlType.IQ3_S,
        ModelFileType.TQ1_0 or ModelFileType.TQ2_0 or ModelFileType.Q2_0 => GgmlType.Q4_K,
        _ => _usual,
    };

    /// <summary>Of a file below three bits the few tensors that matter most have more.</summary>
    private GgmlType TinyType(QuantizedTensor tensor)
    {
        GgmlType better = IsTwoAndAHalfBits ? GgmlType.IQ3_S : GgmlType.Q2_K;
        return tensor.Role switch
        {
            TensorRole.Value => SharesValues || _model.ExpertCount >= 4 ? GgmlType.Q4_K : better,
            TensorRole.Key when HasEightExperts => GgmlType.Q4_K,
            TensorRole.FeedForwardDown => _downs++ < EarlyLayers ? better : _usual,
            TensorRole.AttentionOutput when HasEightExperts => GgmlType.Q5_K,
            TensorRole.AttentionOutput when IsTwoAndAHalfBits => GgmlType.IQ3_S,
            TensorRole.AttentionOutput when _fileType is ModelFileType.IQ1_S or ModelFileType.IQ1_M => GgmlType.IQ2_XXS,
            _ => _usual,
        };
    }

    private GgmlType ValueType()
    {
        int index = _values++;
        GgmlType type = _fileType switch
        {
            ModelFileType.Q2_K => SharesValues ? GgmlType.Q4_K : GgmlType.Q3_K,
            ModelFileType.IQ3_XXS => SharesValues ? GgmlType.Q4_K : GgmlType.IQ3_S,
            ModelFileType.Q2_K_S or ModelFileType.IQ3_XS or ModelFileType.IQ3_S when SharesValues => GgmlType.Q4_K,
            ModelFileType.IQ3_M => GgmlType.Q4_K,
            ModelFileType.Q3_K_M => index < 2 ? GgmlType.Q5_K : GgmlType.Q4_K,
            ModelFileType.Q3_K_L => GgmlType.Q5_K,
            ModelFileType.IQ4_NL or ModelFileType.IQ4_XS when SharesValues => GgmlType.Q5_K,
            ModelFileType.Q4_K_M or ModelFileType.Q5_K_M when IsSensitive(index, _valueTensors) => GgmlType.Q6_K,
            ModelFileType.Q4_K_S when index < 4 => GgmlType.Q5_K,
            _ => _usual,
        };
        bool isRaised = _model.IsOf70B && type is (GgmlType.Q3_K or GgmlType.Q4_K);
        return HasEightExperts ? GgmlType.Q8_0 : isRaised ? GgmlType.Q5_K : type;
    }

    private GgmlType QueryOrKeyType() => _fileType switch
    {
        ModelFileType.IQ3_XS => GgmlType.IQ3_XXS,
        ModelFileType.IQ3_XXS => GgmlType.IQ2_S,
        _ => _usual,
    };

    private GgmlType DownType(QuantizedTensor tensor)
    {
        int layer = LayerOf(tensor, _downs++);
        bool isEarly = layer < EarlyLayers;
        bool isSensitive = IsSensitive(layer, _model.LayerCount);
        bool isFirst = layer < _model.LayerCount / 16;
        return _fileType switch
        {
            ModelFileType.Q2_K => GgmlType.Q3_K,
            ModelFileType.Q2_K_S when isEarly => GgmlType.Q4_K,
            ModelFileType.IQ3_XXS => isEarly ? GgmlType.Q4_K : GgmlType.Q3_K,
            ModelFileType.Q3_K_M => isFirst ? GgmlType.Q5_K : !IsFalcon || isSensitive ? GgmlType.Q4_K : GgmlType.Q3_K,
            ModelFileType.IQ3_M when isEarly || (HasEightExperts && isSensitive) => GgmlType.Q4_K,
            ModelFileType.Q3_K_L => IsFalcon ? GgmlType.Q4_K : GgmlType.Q5_K,
            ModelFileType.Q4_K_M when IsFalcon => isFirst ? GgmlType.Q6_K : isSensitive ? GgmlType.Q5_K : GgmlType.Q4_K,
            ModelFileType.Q4_K_M or ModelFileType.Q5_K_M when isSensitive => GgmlType.Q6_K,
            ModelFileType.IQ4_NL or ModelFileType.IQ4_XS when isEarly => GgmlType.Q5_K,
            ModelFileType.Q4_K_S when isEarly && !IsFalcon => GgmlType.Q5_K,
            _ => _usual,
        };
    }

    private GgmlType AttentionOutputType() => _fileType switch
    {
        ModelFileType.Q3_K_L when IsFalcon => GgmlType.Q4_K,
        _ when IsFalcon => _usual,
        ModelFileType.Q2_K or ModelFileType.IQ3_XS or ModelFileType.IQ3_XXS or ModelFileType.Q3_K_S or ModelFileType.Q3_K_M or ModelFileType.IQ4_NL
            or ModelFileType.Q4_K_S or ModelFileType.Q4_K_M or ModelFileType.IQ3_S or ModelFileType.IQ3_M or ModelFileType.IQ4_XS when HasEightExperts => GgmlType.Q5_K,
        _ when HasEightExperts => _usual,
        ModelFileType.Q2_K => GgmlType.Q3_K,
        ModelFileType.IQ3_XXS => GgmlType.IQ3_S,
        ModelFileType.Q3_K_M or ModelFileType.IQ3_M => GgmlType.Q4_K,
        ModelFileType.Q3_K_L => GgmlType.Q5_K,
        _ => _usual,
    };

    private GgmlType GateOrUpType(QuantizedTensor tensor)
    {
        int layer = LayerOf(tensor, tensor.Role == TensorRole.FeedForwardGate ? _gates++ : _ups++);
        return _fileType == ModelFileType.IQ3_XS && layer >= EarlyLayers && layer < 7 * _model.LayerCount / 8 ? GgmlType.IQ3_XXS : _usual;
    }

    // The layers at both ends, and every third between them.
    private static bool IsSensitive(int index, int count) => index < count / 8 || index >= 7 * count / 8 || (index - (count / 8)) % 3 == 2;

    // Tensors of models with experts do not come one per layer: there the name tells.
    private int LayerOf(QuantizedTensor tensor, int count)
    {
        if (_model.ExpertCount <= 1)
        {
            return count;
        }

        return LayerName.Of(tensor.Name).Index is int layer && layer < _model.LayerCount
            ? layer
            : throw new QuantizationException(string.Create(CultureInfo.InvariantCulture, $"The tensor {tensor.Name} belongs to none of the {_model.LayerCount} layers, so there is no rule for its type."));
    }

    // Rows that do not fill a super-block get a type with smaller blocks.
    private static GgmlType Fitting(QuantizedTensor tensor, GgmlType type)
    {
        if (tensor.RowElements % type.BlockSize() == 0)
        {
            return type;
        }

        GgmlType smaller = type switch
        {
            GgmlType.IQ1_S or GgmlType.IQ1_M or GgmlType.IQ2_XXS or GgmlType.IQ2_XS or GgmlType.IQ2_S or GgmlType.IQ3_XXS or GgmlType.IQ3_S or GgmlType.IQ4_XS => GgmlType.IQ4_NL,
            GgmlType.Q2_0 or GgmlType.Q2_K or GgmlType.Q3_K or GgmlType.TQ1_0 or GgmlType.TQ2_0 => GgmlType.Q4_0,
            GgmlType.Q4_K => GgmlType.Q5_0,
            GgmlType.Q5_K => GgmlType.Q5_1,
            GgmlType.Q6_K => GgmlType.Q8_0,
            _ when type.BlockSize() <= 32 => type,
            _ => throw new QuantizationException(string.Create(
                CultureInfo.InvariantCulture, $"The rows of {tensor.Name} have {tensor.RowElements} elements, no multiple of the {type.BlockSize()} that {type.DisplayName()} packs: take another type.")),
        };
        return tensor.RowElements % smaller.BlockSize() == 0 ? smaller : GgmlType.F16;
    }
}
