namespace LocalLlm.Inference;

/// <summary>What the engine is loaded with. Every value is checked already.</summary>
/// <param name="Plan">What to plan with.</param>
/// <param name="Threads">Computing threads.</param>
internal sealed record EngineOptions(PlanOptions Plan, int Threads);
