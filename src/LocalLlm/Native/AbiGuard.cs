using System.Runtime.InteropServices;

namespace LocalLlm.Native;

/// <summary>Checks that a loaded libllama is the release whose structs these bindings describe, before anything relies on it.</summary>
internal static unsafe class AbiGuard
{
    /// <summary>Says what differs, or null where the library is the one that we know.</summary>
    internal static string? FindMismatch()
    {
        string version = Marshal.PtrToStringUTF8((nint)LlamaApi.llama_version()) ?? "";
        string known = NativePin.Current.Version;
        // The prebuilt libraries say "0.4.0-dev"; a build of one's own from the release's source says "0.4.0".
        if (version != known && version != known.Split('-')[0])
        {
            return $"its version is \"{version}\"";
        }

        return ModelParamsMismatch(LlamaApi.llama_model_default_params())
            ?? ContextParamsMismatch(LlamaApi.llama_context_default_params());
    }

    // Values of llama_model_default_params and llama_context_default_params in the pinned source. They stand
    // throughout the structs, so that a field more or less shows.
    private static string? ModelParamsMismatch(in llama_model_params p) =>
        p is
        {
            n_gpu_layers: -1, split_mode: 1, load_mode: llama_load_mode.LLAMA_LOAD_MODE_AUTO, lazy_mode: 1, main_gpu: 0,
            progress_callback_user_data: 0, kv_overrides: 0,
            vocab_only: 0, check_tensors: 0, use_extra_bufts: 1, no_host: 0, no_alloc: 0, load_mtp: 0,
        }
        && p.devices is null && p.tensor_split is null && p.progress_callback is null
            ? null
            : "llama_model_default_params() has other values than this release's";

    private static string? ContextParamsMismatch(in llama_context_params p) =>
        p is
        {
            n_ctx: 512, n_batch: 2048, n_ubatch: 512, n_seq_max: 1, n_rs_seq: 0, n_outputs_max: 0, n_outputs_max_per_seq: 1,
            n_threads: 4, n_threads_batch: 4, ctx_type: 0, rope_scaling_type: -1, pooling_type: -1, attention_type: -1,
            flash_attn_type: llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_AUTO, yarn_ext_factor: -1, yarn_beta_slow: -1, defrag_thold: -1, cb_eval: 0,
            type_k: (int)ggml_type.GGML_TYPE_F16, type_v: (int)ggml_type.GGML_TYPE_F16,
            embeddings: 0, offload_kqv: 1, no_perf: 1, op_offload: 1, swa_full: 1, kv_unified: 0,
            samplers: 0, n_samplers: 0, ctx_other: 0,
        }
        && p.abort_callback is null
            ? null
            : "llama_context_default_params() has other values than this release's";
}
