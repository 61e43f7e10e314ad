namespace LocalLlm.Planning;

/// <summary>What a plan was made of, and what it means to llama.cpp.</summary>
internal sealed record PlanBasis(ModelFootprint Model, PlanMachine Machine, CacheSettings Settings, Placement Placement, NativePlacement Native);
