namespace LocalLlm.Inference;

/// <summary>A model that runs: its engine, and what the layers above need to know of it.</summary>
internal sealed record EngineModel(Engine Engine, Vocabulary Vocabulary, ModelInfo Info, SamplingDefaults SamplingDefaults, OffloadPlan Plan, ModelMemory Memory);
