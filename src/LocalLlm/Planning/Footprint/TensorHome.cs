namespace LocalLlm.Planning;

/// <summary>What decides a tensor's device.</summary>
/// <param name="Kind">Which part of the model it stands in.</param>
/// <param name="Layer">Number of the layer; 0 outside the layers.</param>
internal readonly record struct TensorHome(TensorHomeKind Kind, int Layer = 0);
