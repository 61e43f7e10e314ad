namespace LocalLlm.Planning;

/// <summary>What the processor does in a placement, as far as the compute buffers in RAM depend on it.</summary>
/// <param name="HasGpu">Whether inputs go to a GPU.</param>
/// <param name="HasLayers">Whether it computes layers.</param>
/// <param name="HasOutput">Whether it computes the logits.</param>
/// <param name="IsPipelined">Whether micro-batches overlap on several GPUs.</param>
internal readonly record struct HostRole(bool HasGpu, bool HasLayers, bool HasOutput, bool IsPipelined);
