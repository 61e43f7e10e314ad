namespace LocalLlm.Inference;

/// <summary>What the engine is loaded with. Every value is checked already.</summary>
/// <param name="Plan">What to plan with.</param>
/// <param name="Threads">Computing threads.</param>
/// <param name="ScoresText">Whether logits are wanted of many tokens of one text, instead of one token of each call.</param>
internal sealed record EngineOptions(PlanOptions Plan, int Threads, bool ScoresText = false);
