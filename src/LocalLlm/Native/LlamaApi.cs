using System.Runtime.InteropServices;

namespace LocalLlm.Native;

/// <summary>What LocalLlm uses of llama.h, under C's own names. Preconditions that llama.cpp only asserts are the callers' to keep.</summary>
internal static unsafe partial class LlamaApi
{
    [LibraryImport(Library.Llama)]
    internal static partial byte* llama_version();

    [LibraryImport(Library.Llama)]
    internal static partial void llama_backend_init();

    [LibraryImport(Library.Llama)]
    internal static partial void llama_log_set(delegate* unmanaged<ggml_log_level, byte*, nint, void> log_callback, nint user_data);

    [LibraryImport(Library.Llama)]
    internal static partial llama_model_params llama_model_default_params();

    [LibraryImport(Library.Llama)]
    internal static partial llama_context_params llama_context_default_params();

    [LibraryImport(Library.Llama)]
    internal static partial nuint llama_max_devices();

    [LibraryImport(Library.Llama, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint llama_model_load_from_file(string path_model, llama_model_params @params);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_model_init_from_user(GgufHandle metadata, nint set_tensor_data, nint set_tensor_data_ud, llama_model_params @params);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_model_free(nint model);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_init_from_model(ModelHandle model, llama_context_params @params);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_free(nint ctx);

    [LibraryImport(Library.Llama)]
    internal static partial uint llama_n_batch(ContextHandle ctx);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_get_memory(ContextHandle ctx);

    [LibraryImport(Library.Llama)]
    internal static partial llama_pooling_type llama_pooling_type(ContextHandle ctx);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_model_get_vocab(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_model_n_ctx_train(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_model_n_embd(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_model_n_layer(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_model_n_swa(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial ulong llama_model_size(ModelHandle model);

    [LibraryImport(Library.Llama)]
    internal static partial ulong llama_model_n_params(ModelHandle model);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_model_has_encoder(ModelHandle model);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_model_has_decoder(ModelHandle model);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_model_is_recurrent(ModelHandle model);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_model_is_hybrid(ModelHandle model);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_model_is_diffusion(ModelHandle model);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_memory_seq_rm(nint mem, int seq_id, int p0, int p1);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_memory_seq_cp(nint mem, int seq_id_src, int seq_id_dst, int p0, int p1);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_memory_seq_add(nint mem, int seq_id, int p0, int p1, int delta);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_memory_seq_pos_min(nint mem, int seq_id);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_memory_seq_pos_max(nint mem, int seq_id);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_memory_can_shift(nint mem);

    [LibraryImport(Library.Llama)]
    internal static partial nuint llama_state_seq_get_size_ext(ContextHandle ctx, int seq_id, llama_state_seq_flags flags);

    [LibraryImport(Library.Llama)]
    internal static partial nuint llama_state_seq_get_data_ext(ContextHandle ctx, byte* dst, nuint size, int seq_id, llama_state_seq_flags flags);

    [LibraryImport(Library.Llama)]
    internal static partial nuint llama_state_seq_set_data_ext(ContextHandle ctx, byte* src, nuint size, int dest_seq_id, llama_state_seq_flags flags);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_decode(ContextHandle ctx, llama_batch batch);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_attach_threadpool(ContextHandle ctx, ThreadPoolHandle threadpool, ThreadPoolHandle threadpool_batch);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_synchronize(ContextHandle ctx);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_set_n_threads(ContextHandle ctx, int n_threads, int n_threads_batch);

    [LibraryImport(Library.Llama)]
    internal static partial float* llama_get_logits_ith(ContextHandle ctx, int i);

    [LibraryImport(Library.Llama)]
    internal static partial llama_vocab_type llama_vocab_type(nint vocab);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_vocab_n_tokens(nint vocab);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_vocab_is_eog(nint vocab, int token);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_vocab_is_control(nint vocab, int token);

    [LibraryImport(Library.Llama)]
    internal static partial int* llama_vocab_get_suppress_tokens(nint vocab, int* n_suppress_tokens);

    [LibraryImport(Library.Llama)]
    internal static partial byte* llama_vocab_get_text(nint vocab, int token);

    [LibraryImport(Library.Llama)]
    internal static partial llama_token_attr llama_vocab_get_attr(nint vocab, int token);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_vocab_bos(nint vocab);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_vocab_eos(nint vocab);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_vocab_pad(nint vocab);

    [LibraryImport(Library.Llama)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool llama_vocab_get_add_bos(nint vocab);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_tokenize(
        nint vocab,
        byte* text,
        int text_len,
        int* tokens,
        int n_tokens_max,
        [MarshalAs(UnmanagedType.U1)] bool add_special,
        [MarshalAs(UnmanagedType.U1)] bool parse_special);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_token_to_piece(
        nint vocab, int token, byte* buf, int length, int lstrip, [MarshalAs(UnmanagedType.U1)] bool special);

    [LibraryImport(Library.Llama)]
    internal static partial int llama_detokenize(
        nint vocab,
        int* tokens,
        int n_tokens,
        byte* text,
        int text_len_max,
        [MarshalAs(UnmanagedType.U1)] bool remove_special,
        [MarshalAs(UnmanagedType.U1)] bool unparse_special);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_chain_init(llama_sampler_chain_params @params);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_sampler_chain_add(SamplerHandle chain, nint smpl);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_sampler_apply(SamplerHandle smpl, llama_token_data_array* cur_p);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_sampler_accept(SamplerHandle smpl, int token);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_sampler_accept(nint smpl, int token);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_clone(SamplerHandle smpl);

    [LibraryImport(Library.Llama)]
    internal static partial void llama_sampler_free(nint smpl);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_dist(uint seed);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_top_k(int k);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_top_p(float p, nuint min_keep);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_min_p(float p, nuint min_keep);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_temp(float t);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_temp_ext(float t, float delta, float exponent);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_typical(float p, nuint min_keep);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_top_n_sigma(float n);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_xtc(float p, float t, nuint min_keep, uint seed);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_mirostat(int n_vocab, uint seed, float tau, float eta, int m);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_mirostat_v2(uint seed, float tau, float eta);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_logit_bias(int n_vocab, int n_logit_bias, llama_logit_bias* logit_bias);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_penalties(
        int n_vocab, int penalty_last_n, float penalty_repeat, float penalty_freq, float penalty_present);

    [LibraryImport(Library.Llama)]
    internal static partial nint llama_sampler_init_dry(
        nint vocab, float dry_multiplier, float dry_base, int dry_allowed_length, int dry_penalty_last_n, byte** seq_breakers, nuint num_breakers);
}
