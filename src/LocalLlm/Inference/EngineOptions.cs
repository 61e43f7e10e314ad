namespace LocalLlm.Inference;

/// <summary>What the engine is loaded with. Every value is checked already.</summary>
/// <param name="ContextLength">Tokens of one conversation; null: as many as fit, up to the trained length.</param>
/// <param name="Sequences">Conversations that are in the KV cache at a time.</param>
/// <param name="GpuLayers">Layers to put on the GPUs, counted from the last one.</param>
/// <param name="Threads">Computing threads.</param>
internal sealed record EngineOptions(int? ContextLength, int Sequences, int GpuLayers, int Threads);
