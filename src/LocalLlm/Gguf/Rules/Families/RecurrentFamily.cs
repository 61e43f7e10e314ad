namespace LocalLlm.Gguf.Rules;

/// <summary>State-space, RWKV and hybrid decoders (mamba.cpp, rwkv6.cpp, jamba.cpp, qwen3next.cpp …).</summary>
internal static class RecurrentFamily
{
    public const string Text = """
        [mamba]
        recurrent
        call ssm
        bool? ssm.dt_b_c_rms
        eps attention.layer_norm_rms_epsilon
        must 2*n_embd == ssm_d_inner @ ssm.inner_size
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call mamba1-layer
        end

        [mamba2]
        recurrent
        call grouped-ssm
        call mamba2-heads
        eps attention.layer_norm_rms_epsilon
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call mamba2-layer
          blk.ssm_conv1d.bias : ssm_d_inner + 2*ssm_n_group*ssm_d_state
          blk.ssm_norm.weight : ssm_d_inner/ssm_n_group, ssm_n_group : f32
        end

        [rwkv6]
        recurrent
        eps? attention.layer_norm_epsilon
        eps? attention.layer_norm_rms_epsilon
        head_size = u32 wkv.head_size
        must head_size > 0 && n_embd % head_size == 0 @ wkv.head_size
        mix = u32 time_mix_extra_dim
        decay = u32 time_decay_extra_dim
        u32? rescale_every_n_layers
        shift = u32? token_shift_count 2
        must shift == 2 @ token_shift_count
        must n_head_kv == 0 || n_head_kv == n_embd/head_size @ attention.head_count_kv
        call untied
        output_norm.bias : n_embd
        call layer-norm token_embd_norm
        layers
          call layer-norm blk.attn_norm
          call layer-norm blk.attn_norm_2
          blk.time_mix_w1.weight : n_embd, mix*5
          blk.time_mix_w2.weight : mix, n_embd, 5
          blk.time_mix_lerp_x.weight : n_embd
          if has(blk.time_mix_lerp_fused.weight)
            blk.time_mix_lerp_fused.weight : n_embd, 1, 1, 5 : f32
            blk.time_mix_lerp_w.weight? : n_embd
            blk.time_mix_lerp_k.weight? : n_embd
            blk.time_mix_lerp_v.weight? : n_embd
            blk.time_mix_lerp_r.weight? : n_embd
            blk.time_mix_lerp_g.weight? : n_embd
          else
            blk.time_mix_lerp_w.weight : n_embd
            blk.time_mix_lerp_k.weight : n_embd
            blk.time_mix_lerp_v.weight : n_embd
            blk.time_mix_lerp_r.weight : n_embd
            blk.time_mix_lerp_g.weight : n_embd
          end
          blk.time_mix_first.weight : head_size, n_embd/head_size : f32
          blk.time_mix_decay.weight : n_embd
          blk.time_mix_decay_w1.weight : n_embd, decay
          blk.time_mix_decay_w2.weight : decay, n_embd
          blk.time_mix_key.weight : n_embd, n_embd
          blk.time_mix_value.weight : n_embd, n_embd
          blk.time_mix_receptance.weight : n_embd, n_embd
          blk.time_mix_gate.weight : n_embd, n_embd
          call layer-norm blk.time_mix_ln
          blk.time_mix_output.weight : n_embd, n_embd
          blk.channel_mix_lerp_k.weight : n_embd
          blk.channel_mix_lerp_r.weight : n_embd
          blk.channel_mix_key.weight : n_embd, n_ff
          blk.channel_mix_value.weight : n_ff, n_embd
          blk.channel_mix_receptance.weight : n_embd, n_embd
        end

        [rwkv6qwen2]
        recurrent
        eps? attention.layer_norm_epsilon
        eps? attention.layer_norm_rms_epsilon
        head_size = u32 wkv.head_size
        must head_size > 0 && n_embd % head_size == 0 @ wkv.head_size
        mix = u32 time_mix_extra_dim
        decay = u32 time_decay_extra_dim
        u32? rescale_every_n_layers
        shift = u32? token_shift_count 2
        must shift == 1 @ token_shift_count
        must n_head_kv == 0 || n_embd/head_size % n_head_kv == 0 @ attention.head_count_kv
        kv = const n_head_kv == 0 || n_embd/head_size == n_head_kv ? n_embd : n_head_kv*head_size
        call untied
        output_norm.bias? : n_embd
        layers
          blk.attn_norm.weight : n_embd
          blk.time_mix_w1.weight : n_embd, mix*5
          blk.time_mix_w2.weight : mix, n_embd, 5
          blk.time_mix_lerp_x.weight : n_embd
          blk.time_mix_lerp_fused.weight : n_embd, 1, 1, 5 : f32
          if has(blk.time_mix_first.weight)
            # with it the graph takes the RWKV path, which needs a norm that this loader never makes
            must false @ blk.time_mix_first.weight
          end
          blk.time_mix_decay.weight : n_embd
          blk.time_mix_decay_w1.weight : n_embd, decay
          blk.time_mix_decay_w2.weight : decay, n_embd
          blk.time_mix_key.weight : n_embd, kv
          blk.time_mix_value.weight : n_embd, kv
          blk.time_mix_receptance.weight : n_embd, n_embd
          blk.time_mix_gate.weight : n_embd, n_embd
          blk.time_mix_key.bias? : kv
          blk.time_mix_value.bias? : kv
          blk.time_mix_receptance.bias? : n_embd
          blk.time_mix_output.weight : n_embd, n_embd
          blk.ffn_norm.weight : n_embd
          call glu n_ff
        end

        [rwkv7 arwkv7]
        recurrent
        eps? attention.layer_norm_epsilon
        eps? attention.layer_norm_rms_epsilon
        head_size = u32 wkv.head_size
        must head_size > 0 && n_embd % head_size == 0 @ wkv.head_size
        decay = u32 attention.decay_lora_rank
        iclr = u32 attention.iclr_lora_rank
        residual = u32 attention.value_residual_mix_lora_rank
        gate = u32? attention.gate_lora_rank 0
        shift = u32? token_shift_count 2
        call untied
        if arch(rwkv7)
          must shift == 2 @ token_shift_count
          output_norm.bias : n_embd
          call layer-norm token_embd_norm
        else
          must shift == 1 @ token_shift_count
        end
        layers
          if arch(rwkv7)
            call layer-norm blk.attn_norm
            call layer-norm blk.attn_norm_2
          else
            blk.attn_norm.weight : n_embd
          end
          blk.time_mix_w0.weight : n_embd
          blk.time_mix_w1.weight : n_embd, decay
          blk.time_mix_w2.weight : decay, n_embd
          blk.time_mix_a0.weight : n_embd
          blk.time_mix_a1.weight : n_embd, iclr
          blk.time_mix_a2.weight : iclr, n_embd
          blk.time_mix_v0.weight : n_embd
          blk.time_mix_v1.weight : n_embd, i == 0 ? iclr : residual
          blk.time_mix_v2.weight : i == 0 ? iclr : residual, n_embd
          if arch(rwkv7)
            blk.time_mix_g1.weight : n_embd, gate
            blk.time_mix_g2.weight : gate, n_embd
            blk.time_mix_lerp_fused.weight : n_embd, 1, 1, 6 : f32
            call layer-norm blk.time_mix_ln
          else
            if has(blk.time_mix_g1.weight) && has(blk.time_mix_g2.weight)
              blk.time_mix_g1.weight : n_embd, gate
              blk.time_mix_g2.weight : gate, n_embd
              blk.time_mix_lerp_fused.weight : n_embd, 1, 1, 6 : f32
            else
              blk.time_mix_g1.weight? : n_embd, gate
              blk.time_mix_g2.weight? : gate, n_embd
              blk.time_mix_lerp_fused.weight : n_embd, 1, 1, 5 : f32
            end
            blk.time_mix_ln.weight? : n_embd
            blk.time_mix_ln.bias? : n_embd
          end
          blk.time_mix_k_k.weight : n_embd
          blk.time_mix_k_a.weight : n_embd
          blk.time_mix_r_k.weight : n_embd
          blk.time_mix_key.weight : n_embd, n_embd
          blk.time_mix_value.weight : n_embd, n_embd
          blk.time_mix_receptance.weight : n_embd, n_embd
          blk.time_mix_output.weight : n_embd, n_embd
          if arch(rwkv7)
            blk.channel_mix_lerp_k.weight : n_embd
            blk.channel_mix_key.weight : n_embd, n_ff
            blk.channel_mix_value.weight : n_ff, n_embd
          else
            blk.ffn_norm.weight : n_embd
            call glu n_ff
          end
        end

        [jamba]
        hybrid n_head_kv[i] == 0
        some is_recr[i] @ attention.head_count_kv
        some !is_recr[i] @ attention.head_count_kv
        call ssm
        eps attention.layer_norm_rms_epsilon
        must 2*n_embd == ssm_d_inner @ ssm.inner_size
        call same-head
        call tied
        layers
          blk.attn_norm.weight : n_embd
          if is_recr[i]
            call mamba1-layer
            blk.ssm_dt_norm.weight : ssm_dt_rank
            blk.ssm_b_norm.weight : ssm_d_state
            blk.ssm_c_norm.weight : ssm_d_state
          else
            must n_embd_head_v*n_head == n_embd @ attention.head_count
            call qkv n_embd ; n_embd_head_v*n_head_kv[i] ; n_embd_head_v*n_head_kv[i]
            blk.attn_output.weight : n_embd, n_embd
          end
          blk.ffn_norm.weight : n_embd
          if has(blk.ffn_gate_inp.weight)
            call experts n_ff
          else
            call glu n_ff
          end
        end

        [falcon-h1]
        hybrid false
        rope neox
        eps attention.layer_norm_rms_epsilon
        call grouped-ssm
        call mamba2-heads
        call same-head
        call tied
        layers
          call mamba2-layer
          blk.ssm_conv1d.bias : ssm_d_inner + 2*ssm_n_group*ssm_d_state
          blk.ssm_norm.weight? : ssm_d_inner/ssm_n_group, ssm_n_group : f32
          call head-attention
          blk.attn_output.bias? : n_embd
          blk.attn_norm.weight : n_embd
          blk.ffn_norm : n_embd
          rope_freqs.weight? : n_rot/2
          call glu n_ff
          call glu-bias n_ff
        end

        [granitehybrid]
        hybrid n_head_kv[i] == 0
        some is_recr[i] @ attention.head_count_kv
        some !is_recr[i] @ attention.head_count_kv
        rope norm
        eps attention.layer_norm_rms_epsilon
        f32? logit_scale
        f32? residual_scale
        f32? embedding_scale
        f32? attention.scale
        call grouped-ssm
        call mamba2-heads
        must 2*n_embd == ssm_d_inner @ ssm.inner_size
        n_ff_shexp = u32? expert_shared_feed_forward_length 0
        call same-head
        call tied
        layers
          blk.attn_norm.weight : n_embd
          if is_recr[i]
            call mamba2-layer
            blk.ssm_conv1d.bias : ssm_d_inner + 2*ssm_n_group*ssm_d_state
            blk.ssm_norm.weight : ssm_d_inner/ssm_n_group, ssm_n_group : f32
          else
            call qkv n_embd_head_k*n_head[i] ; n_embd_head_k*n_head_kv[i] ; n_embd_head_v*n_head_kv[i]
            blk.attn_output.weight : n_embd_head_k*n_head[i], n_embd
            blk.attn_output.bias? : n_embd
          end
          rope_freqs.weight? : n_rot/2
          call llama-ffn
        end

        [nemotron_h nemotron_h_moe]
        hybrid n_head_kv[i] == 0 && n_ff[i] == 0
        some is_recr[i] @ attention.head_count_kv
        some n_head_kv[i] > 0 && n_ff[i] == 0 @ attention.head_count_kv
        varies heads experts
        call grouped-ssm
        call mamba2-heads
        eps attention.layer_norm_rms_epsilon
        eps attention.layer_norm_epsilon
        n_ff_exp = u32s? expert_feed_forward_length 0
        n_ff_shexp = u32? expert_shared_feed_forward_length 0
        u32? expert_shared_count
        bool? expert_weights_norm
        f32? expert_weights_scale
        latent = u32? moe_latent_size 0
        d_moe = const latent ? latent : n_embd
        call same-head
        call tied
        layers
          blk.attn_norm.weight : n_embd
          if is_recr[i]
            call mamba2-layer
            blk.ssm_conv1d.bias : ssm_d_inner + 2*ssm_n_group*ssm_d_state
            blk.ssm_norm.weight : ssm_d_inner/ssm_n_group, ssm_n_group : f32
          else
            if n_ff[i] == 0
              call qkv n_embd_head_k*n_head[i] ; n_embd_head_k*n_head_kv[i] ; n_embd_head_v*n_head_kv[i]
              blk.attn_output.weight : n_embd_head_k*n_head[i], n_embd
              blk.attn_output.bias? : n_embd
            else
              if n_expert > 0
                must n_expert_used[i] > 0 @ expert_used_count
                ff = const n_ff_exp[i] ? n_ff_exp[i] : n_ff[i]/n_expert_used[i]
                blk.ffn_gate_inp.weight : n_embd, n_expert
                blk.exp_probs_b.bias : n_expert
                if latent > 0
                  blk.ffn_latent_down.weight : n_embd, d_moe
                  blk.ffn_latent_up.weight : d_moe, n_embd
                else
                  blk.ffn_latent_down.weight? : n_embd, d_moe
                  blk.ffn_latent_up.weight? : d_moe, n_embd
                end
                blk.ffn_up_exps.weight : d_moe, ff, n_expert
                blk.ffn_down_exps.weight : ff, d_moe, n_expert
                blk.ffn_up_shexp.weight : n_embd, n_ff_shexp
                blk.ffn_down_shexp.weight : n_ff_shexp, n_embd
              else
                blk.ffn_up.weight : n_embd, n_ff[i]
                blk.ffn_down.weight : n_ff[i], n_embd
                blk.ffn_up.bias? : n_ff[i]
                blk.ffn_down.bias? : n_embd
              end
            end
          end
        end

        [lfm2 lfm2moe]
        hybrid n_head_kv[i] == 0
        some is_recr[i] @ attention.head_count_kv
        some !is_recr[i] @ attention.head_count_kv
        rope neox
        conv = u32 shortconv.l_cache
        must conv >= 2 @ shortconv.l_cache
        eps attention.layer_norm_rms_epsilon
        if arch(lfm2moe)
          n_dense = u32? leading_dense_block_count 0
          n_ff_exp = u32s expert_feed_forward_length
          expert_gating_func = u32 expert_gating_func
          must expert_gating_func >= 1 && expert_gating_func <= 4 @ expert_gating_func
        else
          n_dense = const n_layer
          n_ff_exp = const 0
          # with a window, all layers that attend have it
          n_swa = u32? attention.sliding_window 0
          must n_swa == 0 @ attention.sliding_window
        end
        call same-head
        must n_embd_head_v*n_head == n_embd @ attention.head_count
        token_embd.weight : n_embd, n_vocab
        token_embd_norm.weight : n_embd
        output.weight? : n_embd, n_vocab
        dense_2.weight? : n_embd, n_embd_out
        dense_2.bias? : n_embd_out
        layers
          blk.attn_norm.weight : n_embd
          blk.ffn_norm.weight : n_embd
          if i >= n_dense
            call experts n_ff_exp
            blk.exp_probs_b.bias : n_expert
          else
            call glu n_ff
          end
          if is_recr[i]
            blk.shortconv.conv.weight : conv, n_embd : f32
            blk.shortconv.in_proj.weight : n_embd, 3*n_embd
            blk.shortconv.out_proj.weight : n_embd, n_embd
          else
            call qk-norm
            call qkv n_embd ; n_embd_head_k*n_head_kv[i] ; n_embd_head_v*n_head_kv[i]
            blk.attn_output.weight : n_embd, n_embd
          end
        end

        [qwen3next qwen35 qwen35moe]
        recurrent_layers = u32s? attention.recurrent_layers 0
        interval = u32? full_attention_interval 4
        must given(attention.recurrent_layers) || interval > 0 @ full_attention_interval
        hybrid given(attention.recurrent_layers) ? recurrent_layers[i] != 0 : (i + 1) % interval != 0
        some is_recr[i] @ full_attention_interval
        some !is_recr[i] @ full_attention_interval
        rope neox if arch(qwen3next)
        rope sections if !arch(qwen3next)
        n_ff_exp = u32s? expert_feed_forward_length 0
        n_ff_shexp = u32? expert_shared_feed_forward_length 0
        eps attention.layer_norm_rms_epsilon
        call grouped-ssm
        must ssm_d_inner == ssm_d_state*ssm_dt_rank @ ssm.inner_size
        must ssm_dt_rank % ssm_n_group == 0 @ ssm.group_count
        key = const ssm_d_state*ssm_n_group
        value = const ssm_d_state*ssm_dt_rank
        ff_exp = const n_ff_exp ? n_ff_exp : (n_expert_used ? n_ff/n_expert_used : 0)
        ff_sh = const n_ff_shexp ? n_ff_shexp : n_ff
        call same-head
        call tied
        layers
          blk.attn_norm.weight : n_embd
          blk.post_attention_norm.weight : n_embd
          if is_recr[i]
            if arch(qwen3next) && has(blk.ssm_in.weight)
              blk.ssm_in.weight : n_embd, key*2 + value*2
            else
              blk.attn_qkv.weight : n_embd, key*2 + value
              blk.attn_gate.weight : n_embd, value
            end
            blk.ssm_conv1d.weight : ssm_d_conv, key*2 + value : f32
            blk.ssm_dt.bias : ssm_dt_rank
            blk.ssm_a : ssm_dt_rank : f32
            if arch(qwen3next)
              blk.ssm_ba.weight : n_embd, ssm_dt_rank*2
            else
              blk.ssm_beta.weight : n_embd, ssm_dt_rank
              blk.ssm_alpha.weight : n_embd, ssm_dt_rank
            end
            blk.ssm_norm.weight : ssm_d_state
            blk.ssm_out.weight : value, n_embd
          else
            call split-qkv n_embd_head_k*n_head*2 ; n_embd_k_gqa ; n_embd_v_gqa
            blk.attn_output.weight : n_embd_head_k*n_head, n_embd
            call qk-norm
          end
          if arch(qwen35)
            call glu n_ff
          else
            call fusable-experts ff_exp
            blk.ffn_gate_inp_shexp.weight : n_embd : weight
            call shared-expert ff_sh
          end
        end

        """;
}
