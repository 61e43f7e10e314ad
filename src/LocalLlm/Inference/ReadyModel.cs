using Microsoft.Extensions.Logging;

namespace LocalLlm.Inference;

/// <summary>A model that is loaded as planned, with the context that computes with it. Both are freed with it, or by the engine that it starts.</summary>
internal sealed record ReadyModel(
    LoadedModel Model, EngineContext Context, ModelInfo Info, SamplingDefaults SamplingDefaults, OffloadPlan Plan, ModelMemory Memory) : IDisposable
{
    /// <summary>Starts the engine, which owns the model and the context from then on.</summary>
    internal EngineModel StartEngine(ILogger logger) =>
        new(new Engine(Model, Context, Plan.ContextLength, Plan.Sequences, logger), Model.Vocabulary, Info, SamplingDefaults, Plan, Memory);

    public void Dispose()
    {
        Context.Dispose();
        Model.Dispose();
    }
}
