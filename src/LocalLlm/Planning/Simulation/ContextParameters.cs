using LocalLlm.Native;

namespace LocalLlm.Planning;

/// <summary>A planned context as llama.cpp's context parameters.</summary>
internal static class ContextParameters
{
    /// <summary>llama.cpp's n_batch.</summary>
    private const long Batch = 2048;

    /// <summary>Sets sizes, types and the kind of attention.</summary>
    /// <param name="parameters">Is filled.</param>
    /// <param name="settings">The context.</param>
    /// <param name="flashAttention">What was asked for: where it is Auto, llama.cpp looks whether the devices can.</param>
    public static void Set(ref llama_context_params parameters, CacheSettings settings, FlashAttention flashAttention)
    {
        long length = (long)settings.ContextLength * settings.Sequences;
        int outputs = Math.Max(settings.MostOutputs, settings.Sequences);
        parameters.n_ctx = (uint)length;
        // Each of these below the number of sequences ends the process.
        parameters.n_batch = (uint)Math.Max(Math.Min(Math.Max(Batch, settings.MicroBatch), length), outputs);
        parameters.n_outputs_max = (uint)outputs;
        parameters.n_ubatch = Math.Min((uint)settings.MicroBatch, parameters.n_batch);
        parameters.n_seq_max = (uint)settings.Sequences;
        parameters.swa_full = 0;
        parameters.kv_unified = settings.IsUnified ? (byte)1 : (byte)0;
        parameters.type_k = (int)settings.KeyType;
        parameters.type_v = (int)settings.ValueType;
        parameters.flash_attn_type = flashAttention switch
        {
            _ when !settings.FlashAttention => llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED,
            FlashAttention.On => llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED,
            _ => llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_AUTO,
        };
    }
}
