namespace LocalLlm;

/// <summary>The tensors of one type.</summary>
/// <param name="Type">The type.</param>
/// <param name="TensorCount">Number of tensors.</param>
/// <param name="ParameterCount">Number of elements.</param>
/// <param name="Bytes">Bytes of their data.</param>
public sealed record GgufTypeSize(GgmlType Type, int TensorCount, long ParameterCount, long Bytes);
