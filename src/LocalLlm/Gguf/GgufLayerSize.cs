namespace LocalLlm;

/// <summary>The tensors of one layer, or one outside the layers.</summary>
/// <param name="Name">"blk.0" for a layer, else the tensor's name without ".weight" or ".bias": "token_embd".</param>
/// <param name="Index">Number of the layer; null outside the layers.</param>
/// <param name="TensorCount">Number of tensors.</param>
/// <param name="ParameterCount">Number of elements.</param>
/// <param name="Bytes">Bytes of their data.</param>
public sealed record GgufLayerSize(string Name, int? Index, int TensorCount, long ParameterCount, long Bytes);
