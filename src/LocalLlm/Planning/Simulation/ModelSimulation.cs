using LocalLlm.Native;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm.Planning;

/// <summary>A header in llama.cpp's hands, which is asked what it would allocate for placements. One thread at a time, in the whole process.</summary>
/// <remarks>Weights and KV cache are not allocated; recurrent states and the buffer of logits are.</remarks>
internal sealed class ModelSimulation : IDisposable
{
    private static readonly Lock Gate = new();

    private readonly GgufHandle _header;

    /// <param name="header">What <see cref="StrippedHeader"/> made.</param>
    public ModelSimulation(ReadOnlySpan<byte> header) => _header = GgufHandle.Parse(header);

    /// <summary>Asks for one placement.</summary>
    /// <param name="placement">The placement.</param>
    /// <param name="machine">The machine, whose devices are this process's.</param>
    /// <param name="settings">The context.</param>
    /// <param name="flashAttention">What was asked for.</param>
    public SimulationResult Run(NativePlacement placement, PlanMachine machine, CacheSettings settings, FlashAttention flashAttention)
    {
        if (_header.IsInvalid)
        {
            return SimulationResult.Failed("ggml does not read the header");
        }

        lock (Gate)
        {
            BufferLog log = new();
            using NativeLogScope scope = NativeLog.Enter(NullLogger.Instance, log.Add);
            using PlacementParameters parameters = new(placement, machine);
            using ModelHandle model = Model(parameters);
            if (model.IsInvalid)
            {
                return SimulationResult.Failed(Reason(scope));
            }

            llama_context_params context = LlamaApi.llama_context_default_params();
            ContextParameters.Set(ref context, settings, flashAttention);
            using ContextHandle created = new(LlamaApi.llama_init_from_model(model, context), model);
            string? failure = created.IsInvalid ? Reason(scope) : null;
            scope.ThrowIfFailed();
            return new SimulationResult(log, failure);
        }
    }

    public void Dispose() => _header.Dispose();

    private ModelHandle Model(PlacementParameters placement)
    {
        llama_model_params parameters = LlamaApi.llama_model_default_params();
        placement.Set(ref parameters);
        parameters.no_alloc = 1;
        return new ModelHandle(LlamaApi.llama_model_init_from_user(_header, 0, 0, parameters));
    }

    private static string Reason(NativeLogScope scope) => scope.TakeErrors() is [.., string last] ? last : "it gave no reason";
}
