namespace LocalLlm.Gguf.Rules;

/// <summary>Decoders with experts, and those with low-rank attention (qwen2moe.cpp, deepseek2.cpp, minicpm3.cpp …).</summary>
internal static class ExpertFamily
{
    public const string Text = """
        [qwen2moe]
        rope neox
        n_ff_exp = u32s? expert_feed_forward_length 0
        n_ff_shexp = u32? expert_shared_feed_forward_length 0
        eps attention.layer_norm_rms_epsilon
        call full-rope
        call untied
        layers
          blk.attn_norm.weight : n_embd
          call square-attention
          blk.ffn_norm.weight : n_embd
          call experts n_ff_exp ? n_ff_exp : n_ff / n_expert_used
          blk.ffn_gate_inp_shexp.weight : n_embd : weight
          call shared-expert n_ff_shexp ? n_ff_shexp : n_ff
        end

        [qwen3moe rnd1]
        rope neox
        n_ff_exp = u32s? expert_feed_forward_length 0
        eps attention.layer_norm_rms_epsilon
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          call qk-norm
          blk.ffn_norm.weight : n_embd
          call experts n_ff_exp ? n_ff_exp : n_ff / n_expert_used
        end

        [qwen3vlmoe]
        rope sections
        n_deepstack = u32? n_deepstack_layers 0
        must n_deepstack < n_layer @ n_deepstack_layers
        n_ff_exp = u32s? expert_feed_forward_length 0
        eps attention.layer_norm_rms_epsilon
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          call qk-norm
          blk.ffn_norm.weight : n_embd
          call experts n_ff_exp ? n_ff_exp : n_ff / n_expert_used
        end

        [phimoe]
        rope neox
        eps attention.layer_norm_rms_epsilon
        call same-head
        call untied
        output_norm.bias : n_embd
        output.bias : n_vocab
        layers
          call layer-norm blk.attn_norm
          call square-attention
          blk.attn_output.bias : n_embd
          call layer-norm blk.ffn_norm
          call experts n_ff
          rope_factors_long.weight? : n_embd/n_head/2
          rope_factors_short.weight? : n_embd/n_head/2
        end

        [olmoe]
        rope neox
        eps attention.layer_norm_rms_epsilon
        call full-rope
        must n_embd_head_v*n_head == n_embd @ attention.head_count
        must n_embd_gqa == n_embd @ attention.head_count_kv
        call untied
        layers
          blk.attn_norm.weight : n_embd
          call split-qkv n_embd ; n_embd_gqa ; n_embd_gqa
          blk.attn_output.weight : n_embd, n_embd
          blk.attn_q_norm.weight : n_embd
          blk.attn_k_norm.weight : n_embd
          blk.ffn_norm.weight : n_embd
          call experts n_ff
        end

        [dbrx]
        rope neox
        eps attention.layer_norm_epsilon
        f32 attention.clamp_kqv
        call full-rope
        call untied
        layers
          blk.attn_norm.weight : n_embd
          call fused-attention
          blk.attn_output_norm.weight : n_embd
          call experts n_ff
        end

        [grok]
        rope neox
        eps attention.layer_norm_rms_epsilon
        n_ff_exp = u32s? expert_feed_forward_length 0
        f32? logit_scale
        f32? embedding_scale
        f32? attention.output_scale
        f32? attn_logit_softcapping
        f32? router_logit_softcapping
        f32? final_logit_softcapping
        u32? attention.temperature_length
        f32? rope.scaling.yarn_ext_factor
        f32? rope.scaling.yarn_attn_factor
        f32? rope.scaling.yarn_beta_fast
        f32? rope.scaling.yarn_beta_slow
        call full-rope
        must n_expert > 0 @ expert_count
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call square-attention
          blk.attn_output_norm.weight : n_embd
          blk.ffn_norm.weight : n_embd
          if has(blk.ffn_up.weight)
            call glu n_ff
          else
            blk.ffn_gate.weight? : n_embd, n_ff
            blk.ffn_down.weight? : n_ff, n_embd
          end
          blk.ffn_gate_inp.weight : n_embd, n_expert
          blk.ffn_gate_exps.weight? : n_embd, n_ff_exp ? n_ff_exp : n_ff, n_expert
          blk.ffn_up_exps.weight : n_embd, n_ff_exp ? n_ff_exp : n_ff, n_expert
          blk.ffn_down_exps.weight : n_ff_exp ? n_ff_exp : n_ff, n_embd, n_expert
          if has(blk.layer_output_norm.weight)
            blk.layer_output_norm.weight : n_embd
          else
            blk.post_ffw_norm.weight : n_embd
          end
        end

        [deepseek]
        rope norm
        eps attention.layer_norm_rms_epsilon
        n_dense = u32? leading_dense_block_count 0
        n_ff_exp = u32s expert_feed_forward_length
        n_shared = u32 expert_shared_count
        f32? expert_weights_scale
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call square-attention
          blk.ffn_norm.weight : n_embd
          if i < n_dense
            call glu n_ff
          else
            call experts n_ff_exp
            call shared-expert n_ff_exp*n_shared
          end
        end

        [deepseek2 mistral4]
        rope part
        eps attention.layer_norm_rms_epsilon
        n_dense = u32? leading_dense_block_count 0
        if n_layer == 27 || n_layer == 26 || n_layer == 48 && n_vocab_meta == 128256
          n_lora_q = const 0
        else
          n_lora_q = u32 attention.q_lora_rank
        end
        n_lora_kv = u32 attention.kv_lora_rank
        key_mla = u32? attention.key_length_mla 0
        value_mla = u32? attention.value_length_mla 0
        n_ff_exp = u32s expert_feed_forward_length
        n_shared = u32 expert_shared_count
        f32? expert_weights_scale
        bool? expert_weights_norm
        call gating
        f32? rope.scaling.yarn_log_multiplier
        temperature = f32bits? attention.temperature_scale 0
        temperature_length = u32? attention.temperature_length 0
        must temperature == 0 || temperature_length > 0 @ attention.temperature_length
        # is_mla: both sizes or none
        must (key_mla == 0) == (value_mla == 0) @ attention.value_length_mla
        mla = const key_mla != 0
        d_k = const mla ? key_mla : n_embd_head_k
        d_v = const mla ? value_mla : n_embd_head_v
        d_nope = const d_k - n_rot
        must d_nope >= 1 @ rope.dimension_count
        if mla
          must n_head_kv == 1 @ attention.head_count_kv
          must n_embd_head_k == n_lora_kv + n_rot @ attention.key_length
        else
          must n_head_kv == n_head @ attention.head_count_kv
          must d_nope % 2 == 0 @ rope.dimension_count
        end
        call tied
        layers
          blk.attn_norm.weight : n_embd
          blk.attn_kv_a_norm.weight : n_lora_kv
          if n_lora_q > 0
            blk.attn_q_a_norm.weight : n_lora_q
            blk.attn_q_a.weight : n_embd, n_lora_q
            blk.attn_q_b.weight : n_lora_q, n_head*d_k
          else
            blk.attn_q.weight : n_embd, n_head*d_k
          end
          blk.attn_kv_a_mqa.weight : n_embd, n_lora_kv + n_rot
          if mla
            blk.attn_k_b.weight : d_nope, n_lora_kv, n_head
            blk.attn_v_b.weight : n_lora_kv, d_v, n_head
          else
            blk.attn_kv_b.weight : n_lora_kv, n_head*(d_nope + d_v)
          end
          blk.attn_output.weight : n_head*d_v, n_embd
          blk.ffn_norm.weight : n_embd
          if i < n_dense
            call glu n_ff
          else
            call fusable-experts n_ff_exp
            blk.exp_probs_b.bias? : n_expert
            call shared-expert n_ff_exp*n_shared
          end
        end

        [deepseek2-ocr]
        rope norm
        eps attention.layer_norm_rms_epsilon
        n_dense = u32? leading_dense_block_count 0
        n_ff_exp = u32s expert_feed_forward_length
        n_shared = u32 expert_shared_count
        f32? expert_weights_scale
        bool? expert_weights_norm
        call gating
        freq_base = f32bits? rope.freq_base 0x461C4000
        must freq_base == 0x461C4000 @ rope.freq_base
        must n_embd % n_head == 0 && n_embd/n_head == n_embd_head_k && n_embd/n_head == n_embd_head_v @ attention.head_count
        must n_head_kv == n_head @ attention.head_count_kv
        call tied
        layers
          blk.attn_norm.weight : n_embd
          blk.attn_q.weight : n_embd, n_embd
          blk.attn_k.weight : n_embd, n_embd
          blk.attn_v.weight : n_embd, n_embd
          blk.attn_output.weight : n_embd, n_embd
          blk.ffn_norm.weight : n_embd
          if i < n_dense
            call glu n_ff
          else
            call fusable-experts n_ff_exp
            blk.exp_probs_b.bias? : n_expert
            call shared-expert n_ff_exp*n_shared
          end
        end

        [minicpm3]
        rope part
        eps attention.layer_norm_rms_epsilon
        n_lora_q = u32 attention.q_lora_rank
        n_lora_kv = u32 attention.kv_lora_rank
        d_nope = const n_embd_head_k - n_rot
        must d_nope >= 1 @ rope.dimension_count
        must n_head_kv == n_head @ attention.head_count_kv
        call tied
        layers
          blk.attn_norm.weight : n_embd
          blk.attn_q_a_norm.weight : n_lora_q
          blk.attn_kv_a_norm.weight : n_lora_kv
          blk.attn_q_a.weight : n_embd, n_lora_q
          blk.attn_q_b.weight : n_lora_q, n_head*n_embd_head_k
          blk.attn_kv_a_mqa.weight : n_embd, n_lora_kv + n_rot
          blk.attn_kv_b.weight : n_lora_kv, n_head*(d_nope + n_embd_head_v)
          blk.attn_output.weight : n_head*n_embd_head_v, n_embd
          blk.ffn_norm.weight : n_embd
          call glu n_ff
          rope_factors_long.weight? : n_rot/2
          rope_factors_short.weight? : n_rot/2
        end

        [glm4moe]
        rope sections-or-neox
        n_ff_exp = u32s expert_feed_forward_length
        eps attention.layer_norm_rms_epsilon
        n_shared = u32 expert_shared_count
        n_dense = u32? leading_dense_block_count 0
        f32? expert_weights_scale
        bool? expert_weights_norm
        call gating
        must n_expert > 0 @ expert_count
        call same-head
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.attn_q_norm.weight? : n_embd_head_k
          blk.attn_k_norm.weight? : n_embd_head_k
          blk.post_attention_norm.weight : n_embd
          if i >= n_dense
            call experts n_ff_exp ? n_ff_exp : n_ff / n_expert_used
            blk.exp_probs_b.bias : n_expert
            if n_shared > 0
              call shared-expert (n_ff_exp ? n_ff_exp : n_ff / n_expert_used)*n_shared
            end
          else
            call glu n_ff
          end
        end

        [ernie4_5-moe]
        rope norm
        u32s4? rope.dimension_sections
        eps attention.layer_norm_rms_epsilon
        n_ff_exp = u32s expert_feed_forward_length
        n_ff_shexp = u32? expert_shared_feed_forward_length 0
        moe_step = u32 interleave_moe_layer_step
        must moe_step > 0 @ interleave_moe_layer_step
        n_dense = u32? leading_dense_block_count 0
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.attn_output.bias? : n_embd
          blk.ffn_norm.weight : n_embd
          if i >= n_dense
            must n_expert > 0 @ expert_count
            blk.ffn_gate_inp.weight : n_embd, n_expert
            blk.exp_probs_b.bias? : n_expert
            blk.ffn_gate_exps.weight? : n_embd, n_ff_exp, n_expert
            blk.ffn_up_exps.weight : n_embd, n_ff_exp, n_expert
            blk.ffn_down_exps.weight : n_ff_exp, n_embd, n_expert
            if n_ff_shexp > 0
              call shared-expert n_ff_shexp
            end
          else
            call glu n_ff
          end
        end

        [hunyuan-moe]
        rope neox
        eps attention.layer_norm_rms_epsilon
        n_ff_exp = u32s expert_feed_forward_length
        n_ff_shexp = u32? expert_shared_feed_forward_length 0
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          call qk-norm
          blk.ffn_norm.weight : n_embd
          call experts n_ff
          call shared-expert n_ff_shexp ? n_ff_shexp : n_ff[i]
        end

        [dots1]
        rope neox
        eps attention.layer_norm_rms_epsilon
        n_dense = u32? leading_dense_block_count 0
        n_ff_exp = u32s expert_feed_forward_length
        n_shared = u32 expert_shared_count
        f32? expert_weights_scale
        bool? expert_weights_norm
        expert_gating_func = u32? expert_gating_func 0
        must expert_gating_func >= 1 && expert_gating_func <= 4 @ expert_gating_func
        call full-rope
        must n_head_kv == n_head @ attention.head_count_kv
        call untied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          call qk-norm
          blk.ffn_norm.weight : n_embd
          if i < n_dense
            call glu n_ff
          else
            call experts n_ff_exp
            blk.exp_probs_b.bias? : n_expert
            call shared-expert n_ff_exp*n_shared
          end
        end

        [bailingmoe]
        rope norm
        eps attention.layer_norm_rms_epsilon
        u32? leading_dense_block_count
        n_ff_exp = u32s expert_feed_forward_length
        n_shared = u32 expert_shared_count
        f32? expert_weights_scale
        bool? expert_weights_norm
        must n_embd_head_k == n_rot && n_embd_head_v == n_rot @ rope.dimension_count
        call untied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.ffn_norm.weight : n_embd
          call experts n_ff_exp
          call shared-expert n_ff_exp*n_shared
        end

        [bailingmoe2]
        rope neox
        eps attention.layer_norm_rms_epsilon
        n_dense = u32? leading_dense_block_count 0
        n_ff_exp = u32s expert_feed_forward_length
        n_ff_shexp = u32? expert_shared_feed_forward_length 0
        n_shared = u32 expert_shared_count
        f32? expert_weights_scale
        bool? expert_weights_norm
        expert_gating_func = u32 expert_gating_func
        must expert_gating_func >= 1 && expert_gating_func <= 4 @ expert_gating_func
        must n_expert > 0 @ expert_count
        call same-head
        call untied
        layers
          blk.attn_norm.weight : n_embd
          call fused-attention
          call qk-norm
          blk.ffn_norm.weight : n_embd
          if i >= n_dense
            call experts n_ff_exp
            blk.exp_probs_b.bias? : n_expert
            call shared-expert (n_ff_shexp ? n_ff_shexp : n_ff_exp)*n_shared
          else
            call glu n_ff
          end
        end

        [minimax-m2]
        rope neox
        eps attention.layer_norm_rms_epsilon
        n_ff_exp = u32s expert_feed_forward_length
        expert_gating_func = u32? expert_gating_func 0
        must expert_gating_func >= 1 && expert_gating_func <= 4 @ expert_gating_func
        call same-head
        call untied
        layers
          blk.attn_norm.weight : n_embd
          call split-qkv n_embd_head_k*n_head ; n_embd_k_gqa ; n_embd_v_gqa
          blk.attn_output.weight : n_embd_head_k*n_head, n_embd
          blk.attn_q_norm.weight : n_embd_head_k*n_head
          blk.attn_k_norm.weight : n_embd_k_gqa
          blk.ffn_norm.weight : n_embd
          call experts n_ff
          blk.exp_probs_b.bias : n_expert
        end

        [arctic]
        rope norm
        eps attention.layer_norm_rms_epsilon
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call square-attention
          blk.ffn_norm.weight : n_embd
          call glu n_embd
          blk.ffn_norm_exps.weight : n_embd
          call experts n_ff
        end

        """;
}
