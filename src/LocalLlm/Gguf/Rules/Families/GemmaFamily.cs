namespace LocalLlm.Gguf.Rules;

/// <summary>Decoders with sliding windows: Gemma, Cohere 2, OLMo 2, EXAONE 4, gpt-oss, Llama 4.</summary>
internal static class GemmaFamily
{
    public const string Text = """
        [gemma]
        rope neox
        eps attention.layer_norm_rms_epsilon
        call same-head
        call shared
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.ffn_norm.weight : n_embd
          call glu n_ff
        end

        [gemma2]
        rope neox
        swa period 2
        n_swa = u32? attention.sliding_window 4096
        f32? rope.freq_base_swa
        eps attention.layer_norm_rms_epsilon
        f32? attn_logit_softcapping
        f32? final_logit_softcapping
        call same-head
        call shared
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.post_attention_norm.weight : n_embd
          blk.ffn_norm.weight : n_embd
          call glu n_ff
          blk.post_ffw_norm.weight : n_embd
        end

        [gemma3 gemma-embedding]
        rope neox
        if arch(gemma3)
          n_swa = u32? attention.sliding_window 0
        else
          n_swa = u32 attention.sliding_window
        end
        if n_swa > 0 || arch(gemma-embedding)
          swa period 6
          f32? rope.freq_base_swa
        end
        f32? final_logit_softcapping
        eps attention.layer_norm_rms_epsilon
        dense_2_in = u32? dense_2_feat_in 0
        dense_2_out = u32? dense_2_feat_out 0
        dense_3_in = u32? dense_3_feat_in 0
        dense_3_out = u32? dense_3_feat_out 0
        if arch(gemma-embedding)
          must dense_2_in == 0 || dense_2_in == n_embd @ dense_2_feat_in
          must dense_3_out == 0 || dense_3_out == n_embd @ dense_3_feat_out
          if has(dense_2.weight) && has(dense_3.weight)
            must dense_2_out == dense_3_in @ dense_3_feat_in
          end
          dense_2.weight? : n_embd, dense_2_out
          dense_3.weight? : dense_3_in, n_embd
        end
        call same-head
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.post_attention_norm.weight : n_embd
          call qk-norm
          blk.ffn_norm.weight : n_embd
          call glu n_ff
          blk.post_ffw_norm.weight : n_embd
        end

        [gemma3n]
        rope neox
        swa period 5
        n_swa = u32 attention.sliding_window
        f32? rope.freq_base_swa
        eps attention.layer_norm_rms_epsilon
        n_kv = const 20
        kv-reuse n_kv
        call same-head
        token_embd.weight : n_embd, n_vocab
        output_norm.weight : n_embd
        output.weight? : n_embd, n_vocab
        altup_proj.weight : n_embd, n_embd, 3
        altup_unembd_proj.weight : n_embd, n_embd, 3
        per_layer_token_embd.weight : 256*n_layer, n_vocab
        per_layer_model_proj.weight : n_embd, 256*n_layer
        per_layer_proj_norm.weight : 256
        layers
          blk.attn_norm.weight : n_embd
          if i < n_kv
            call head-attention
          else
            call split-qkv n_embd_head_k*n_head ; n_embd_k_gqa ; n_embd_v_gqa
            blk.attn_output.weight : n_embd_head_k*n_head, n_embd
          end
          call qk-norm
          blk.post_attention_norm.weight : n_embd
          blk.ffn_norm.weight : n_embd
          call glu n_ff
          blk.post_ffw_norm.weight : n_embd
          blk.inp_gate.weight : n_embd, 256
          blk.proj.weight : 256, n_embd
          blk.post_norm.weight : n_embd
          blk.altup_correct_coef.weight : 4, 4
          blk.altup_correct_scale.weight : n_embd
          blk.altup_predict_coef.weight : 4, 16
          blk.altup_router.weight : n_embd, 4
          blk.altup_router_norm.weight : n_embd
          blk.laurel_l.weight : n_embd, 64
          blk.laurel_r.weight : 64, n_embd
          blk.laurel_post_norm.weight : n_embd
        end

        [gemma4]
        rope neox
        varies heads sizes
        swa array
        n_swa = u32 attention.sliding_window
        n_shared = u32? attention.shared_kv_layers 0
        must n_shared + 2 <= n_layer_all @ attention.shared_kv_layers
        n_kv = const n_layer_all - n_shared
        kv-reuse n_kv
        f32? rope.freq_base_swa
        eps attention.layer_norm_rms_epsilon
        n_ff_exp = u32s? expert_feed_forward_length 0
        n_embd_per_layer = u32 embedding_length_per_layer_input
        u32 attention.key_length_swa
        u32 attention.value_length_swa
        f32? final_logit_softcapping
        call tied
        if n_embd_per_layer > 0
          per_layer_token_embd.weight : n_embd_per_layer*n_layer, n_vocab
          per_layer_model_proj.weight : n_embd, n_embd_per_layer*n_layer
          per_layer_proj_norm.weight : n_embd_per_layer
        end
        layers
          must n_head_size_k[i] == n_head_size_v[i] @ attention.value_length
          blk.attn_norm.weight : n_embd
          blk.attn_q.weight : n_embd, n_head_size_k[i]*n_head[i]
          if i < n_kv
            blk.attn_k.weight : n_embd, n_head_size_k[i]*n_head_kv[i]
            blk.attn_k_norm.weight : n_head_size_k[i]
          else
            blk.attn_k.weight? : n_embd, n_head_size_k[i]*n_head_kv[i]
            blk.attn_k_norm.weight? : n_head_size_k[i]
          end
          blk.attn_v.weight? : n_embd, n_head_size_v[i]*n_head_kv[i]
          blk.attn_output.weight : n_head_size_k[i]*n_head[i], n_embd
          blk.attn_q_norm.weight : n_head_size_k[i]
          blk.post_attention_norm.weight : n_embd
          blk.layer_output_scale.weight? : 1
          if !is_swa[i]
            rope_freqs.weight : n_head_size_k[i]/2
          end
          blk.ffn_norm.weight : n_embd
          call glu n_ff[i]
          blk.post_ffw_norm.weight : n_embd
          if has(blk.ffn_gate_inp.weight)
            blk.ffn_gate_inp.scale : n_embd
            blk.pre_ffw_norm_2.weight : n_embd
            blk.post_ffw_norm_1.weight : n_embd
            blk.post_ffw_norm_2.weight : n_embd
            call fusable-experts n_ff_exp
          end
          if n_embd_per_layer > 0
            blk.inp_gate.weight : n_embd, n_embd_per_layer
            blk.proj.weight : n_embd_per_layer, n_embd
            blk.post_norm.weight : n_embd
          end
        end

        [cohere2]
        rope norm
        swa period 4
        f32? rope.freq_base_swa
        n_swa = u32 attention.sliding_window
        f32 logit_scale
        eps attention.layer_norm_epsilon
        call same-head
        call shared
        layers
          blk.attn_norm.weight : n_embd
          call square-attention
          call glu n_ff
        end

        [cohere2moe]
        rope norm
        eps? attention.layer_norm_epsilon
        eps? attention.layer_norm_rms_epsilon
        must given(attention.layer_norm_epsilon) || given(attention.layer_norm_rms_epsilon) @ attention.layer_norm_epsilon
        n_swa = u32 attention.sliding_window
        f32 logit_scale
        n_dense = u32 leading_dense_block_count
        n_ff_exp = u32s expert_feed_forward_length
        n_ff_shexp = u32? expert_shared_feed_forward_length 0
        n_shared = u32? expert_shared_count 0
        bool? expert_weights_norm
        f32? expert_weights_scale
        call gating
        must given(attention.sliding_window_pattern) @ attention.sliding_window_pattern
        swa period-or-array 4 dense-first
        f32? rope.freq_base_swa
        call full-rope
        must n_expert > 0 @ expert_count
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          if i < n_dense
            call glu n_ff
          else
            call fusable-experts n_ff_exp ? n_ff_exp : n_ff
            if n_shared > 0
              call shared-expert n_ff_shexp ? n_ff_shexp : (n_ff_exp ? n_ff_exp : n_ff)*n_shared
            end
          end
        end

        [olmo2]
        rope neox
        eps attention.layer_norm_rms_epsilon
        n_swa = u32? attention.sliding_window 0
        if n_swa > 0
          swa period 4
          f32? rope.freq_base_swa
        end
        call full-rope
        must n_embd_head_v*n_head == n_embd @ attention.head_count
        call untied
        layers
          call split-qkv n_embd ; n_embd_gqa ; n_embd_gqa
          blk.attn_output.weight : n_embd, n_embd
          blk.attn_q_norm.weight : n_embd
          blk.attn_k_norm.weight : n_head_kv*(n_embd/n_head)
          blk.post_attention_norm.weight : n_embd
          call glu n_ff
          blk.post_ffw_norm.weight : n_embd
        end

        [exaone4]
        rope neox
        if n_layer == 64
          swa period 4
          f32? rope.freq_base_swa
        end
        n_swa = u32? attention.sliding_window 4096
        eps attention.layer_norm_rms_epsilon
        call full-rope
        must n_embd_head_k*n_head == n_embd @ attention.head_count
        call tied
        layers
          call qkv n_embd_head_k*n_head ; n_embd_k_gqa ; n_embd_v_gqa
          blk.attn_output.weight : n_embd, n_embd
          rope_freqs.weight? : n_rot/2
          blk.post_attention_norm.weight : n_embd
          call qk-norm
          call glu n_ff
          blk.post_ffw_norm.weight : n_embd
        end

        [exaone-moe]
        rope neox
        swa period 4
        f32? rope.freq_base_swa
        n_swa = u32 attention.sliding_window
        eps attention.layer_norm_rms_epsilon
        u32? expert_shared_count
        n_ff_exp = u32s expert_feed_forward_length
        n_ff_shexp = u32? expert_shared_feed_forward_length 0
        expert_gating_func = u32 expert_gating_func
        must expert_gating_func >= 1 && expert_gating_func <= 4 @ expert_gating_func
        f32? expert_weights_scale
        bool? expert_weights_norm
        n_dense = u32? leading_dense_block_count 0
        call full-rope
        call untied
        layers
          call head-attention
          rope_freqs.weight? : n_rot/2
          blk.attn_norm.weight : n_embd
          call qk-norm
          blk.ffn_norm.weight : n_embd
          if i < n_dense
            call glu n_ff
          else
            call experts n_ff_exp
            blk.exp_probs_b.bias? : n_expert
            call shared-expert n_ff_shexp ? n_ff_shexp : n_ff_exp
          end
        end

        [granite_swa]
        rope norm
        eps attention.layer_norm_rms_epsilon
        f32 logit_scale
        f32? residual_scale
        f32? embedding_scale
        f32? attention.scale
        swa raw-array
        n_swa = u32 attention.sliding_window
        deepstack = i32s? deepstack_mapping
        rope_pattern = u32s-raw? attention.rope_pattern 1
        some rope_pattern[i] != 0 @ attention.rope_pattern
        n_ff_shexp = u32? expert_shared_feed_forward_length 0
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.attn_output.bias? : n_embd
          blk.attn_sinks.weight : n_head
          blk.ffn_norm.weight : n_embd
          call rope-factors n_rot/2
          if n_expert == 0
            call glu n_ff
            call glu-bias n_ff
          else
            call fusable-experts n_ff
            if n_ff_shexp > 0
              blk.ffn_up_shexp.weight : n_embd, 2*n_ff_shexp
              blk.ffn_down_shexp.weight : n_ff_shexp, n_embd
            end
          end
        end

        [gpt-oss]
        rope neox
        eps attention.layer_norm_rms_epsilon
        n_ff_exp = u32s expert_feed_forward_length
        n_swa = u32 attention.sliding_window
        swa period 2
        f32? rope.freq_base_swa
        must n_embd_head_k == n_rot && n_embd_head_v == n_rot @ rope.dimension_count
        call untied
        layers
          blk.attn_norm.weight : n_embd
          blk.post_attention_norm.weight : n_embd
          call head-attention
          blk.attn_output.bias : n_embd
          blk.attn_sinks.weight : n_head
          call experts n_ff_exp
          blk.ffn_gate_inp.bias : n_expert
          blk.ffn_gate_exps.bias : n_ff_exp, n_expert
          blk.ffn_up_exps.bias : n_ff_exp, n_expert
          blk.ffn_down_exps.bias : n_embd, n_expert
        end

        [llama4]
        rope norm
        eps attention.layer_norm_rms_epsilon
        n_ff_exp = u32s expert_feed_forward_length
        moe_step = u32 interleave_moe_layer_step
        # every fourth layer scales its queries instead of rotating them; without a window none would find the scale
        window = u32? attention.sliding_window 8192
        n_swa = const 8192
        swa period 4
        f32? rope.freq_base_swa
        must window > 0 @ attention.sliding_window
        must n_layer >= 4 @ block_count
        call full-rope
        must n_expert > 0 @ expert_count
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.ffn_norm.weight : n_embd
          rope_freqs.weight? : n_rot/2
          if moe_step > 0 && (i + 1) % moe_step == 0
            call experts n_ff_exp
            call shared-expert n_ff_exp
          else
            call glu n_ff
          end
        end

        [smallthinker]
        rope neox
        n_swa = u32? attention.sliding_window 0
        if n_swa > 0
          swa period 4 dense-first
          f32? rope.freq_base_swa
        end
        n_ff_exp = u32s? expert_feed_forward_length 0
        eps attention.layer_norm_rms_epsilon
        expert_gating_func = u32? expert_gating_func 0
        must expert_gating_func >= 1 && expert_gating_func <= 4 @ expert_gating_func
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.ffn_norm.weight : n_embd
          call experts n_ff_exp
        end

        [mellum]
        rope neox
        eps attention.layer_norm_rms_epsilon
        n_ff_exp = u32s expert_feed_forward_length
        n_swa = u32? attention.sliding_window 0
        if n_swa > 0
          must given(attention.sliding_window_pattern) @ attention.sliding_window_pattern
          swa period-or-array 4
          f32? rope.freq_base_swa
        end
        call full-rope
        call untied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          call qk-norm
          blk.ffn_norm.weight : n_embd
          call experts n_ff_exp ? n_ff_exp : n_ff / n_expert_used
        end

        [afmoe]
        rope neox
        eps attention.layer_norm_rms_epsilon
        n_dense = u32? leading_dense_block_count 0
        n_ff_exp = u32s expert_feed_forward_length
        n_shared = u32 expert_shared_count
        call gating
        f32? expert_weights_scale
        bool? expert_weights_norm
        n_swa = u32? attention.sliding_window 0
        if n_swa > 0
          swa period 4
          f32? rope.freq_base_swa
        end
        call same-head
        call tied
        layers
          blk.attn_norm.weight : n_embd
          blk.post_attention_norm.weight : n_embd
          call head-attention
          call qk-norm
          blk.attn_gate.weight : n_embd, n_embd_head_k*n_head
          blk.ffn_norm.weight : n_embd
          blk.post_ffw_norm.weight : n_embd
          if i >= n_dense
            call experts n_ff_exp
            blk.exp_probs_b.bias : n_expert
            if n_shared > 0
              call shared-expert n_ff_exp*n_shared
            end
          else
            call glu n_ff
          end
        end

        """;
}
