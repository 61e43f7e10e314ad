using LocalLlm.Native;
using LocalLlm.Planning;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm.Tests.FakeGpu;

/// <summary>What llama.cpp itself takes for a plan, by its own account to the byte.</summary>
/// <param name="Devices">By GPU of the machine.</param>
/// <param name="Host">In RAM, all buffers together; logits are not among them.</param>
internal sealed record NativeTruth((long Weights, long Context, long Compute)[] Devices, (long Weights, long Context, long Compute) Host)
{
    /// <summary>Asks, with the plan's own parameters.</summary>
    /// <param name="header">The model's header.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="allocates">Whether buffers are really allocated, on GPUs that are fake.</param>
    public static NativeTruth Of(GgufHandle header, OffloadPlan plan, bool allocates = false)
    {
        Assert.False(header.IsInvalid);
        List<string> lines = [];
        using NativeLogScope log = NativeLog.Enter(NullLogger.Instance, lines.Add);
        using PlacementParameters placement = new(plan.Basis.Native, plan.Basis.Machine);
        using ModelHandle loaded = Load(header, placement, allocates);
        Assert.False(loaded.IsInvalid, string.Join('\n', lines.TakeLast(20)));
        llama_context_params parameters = LlamaApi.llama_context_default_params();
        parameters.n_ctx = (uint)(plan.ContextLength * plan.Sequences);
        parameters.n_batch = (uint)Math.Max(Math.Min(Math.Max(2048, plan.MicroBatch), parameters.n_ctx), plan.MostOutputs);
        parameters.n_ubatch = (uint)Math.Min(plan.MicroBatch, parameters.n_batch);
        parameters.n_seq_max = (uint)plan.Sequences;
        parameters.n_outputs_max = (uint)plan.MostOutputs;
        parameters.kv_unified = plan.UnifiedKv ? (byte)1 : (byte)0;
        parameters.swa_full = 0;
        parameters.flash_attn_type = plan.FlashAttention ? llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED : llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED;
        GgmlType type = plan.KvCacheType switch
        {
            KvCacheType.Q8_0 => GgmlType.Q8_0,
            KvCacheType.Q4_0 => GgmlType.Q4_0,
            _ => GgmlType.F16,
        };
        parameters.type_k = (int)type;
        parameters.type_v = (int)type;
        using ContextHandle context = new(LlamaApi.llama_init_from_model(loaded, parameters), loaded);
        Assert.False(context.IsInvalid, $"{string.Join('\n', lines.TakeLast(20))}\n{plan}");
        return Read(FakeGpus.Breakdown(context), plan.Basis.Machine);
    }

    private static unsafe ModelHandle Load(GgufHandle header, PlacementParameters placement, bool allocates)
    {
        llama_model_params parameters = LlamaApi.llama_model_default_params();
        placement.Set(ref parameters);
        parameters.no_alloc = allocates ? (byte)0 : (byte)1;
        delegate* unmanaged<nint, nint, void> nothing = &SetNothing;
        return new ModelHandle(LlamaApi.llama_model_init_from_user(header, (nint)nothing, 0, parameters));
    }

    [System.Runtime.InteropServices.UnmanagedCallersOnly]
    private static void SetNothing(nint tensor, nint userData)
    {
    }

    private static NativeTruth Read(Dictionary<string, (long Weights, long Context, long Compute)> buffers, PlanMachine machine)
    {
        var devices = machine.Devices.Select(device => buffers.GetValueOrDefault(device.NativeName)).ToArray();
        var host = buffers.Where(buffer => machine.Devices.All(device => device.NativeName != buffer.Key)).Select(buffer => buffer.Value).ToArray();
        return new NativeTruth(devices, (host.Sum(buffer => buffer.Weights), host.Sum(buffer => buffer.Context), host.Sum(buffer => buffer.Compute)));
    }
}
