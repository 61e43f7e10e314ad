namespace LocalLlm.Gguf.Rules;

/// <summary>Pieces that many architectures share. The language is described at <see cref="RuleParser"/>.</summary>
internal static class Macros
{
    public const string Text = """
        # token embeddings, final norm, output: own or the embeddings again
        macro tied
          token_embd.weight : n_embd, n_vocab
          output_norm.weight : n_embd
          output.weight? : n_embd, n_vocab
        end
        # the same, the output is always a tensor of its own
        macro untied
          token_embd.weight : n_embd, n_vocab
          output_norm.weight : n_embd
          output.weight : n_embd, n_vocab
        end
        # the same, the output is always the embeddings
        macro shared
          token_embd.weight : n_embd, n_vocab
          output_norm.weight : n_embd
        end

        # keys and values of one size, as almost every graph asserts
        macro same-head
          must n_embd_head_k == n_embd_head_v @ attention.value_length
        end
        # the whole head is rotated
        macro full-rope
          must n_embd_head_k == n_embd_head_v @ attention.value_length
          must n_rot == n_embd_head_k @ rope.dimension_count
        end

        # create_tensor_qkv: fused when attn_qkv is there
        macro qkv q k v
          if has(blk.attn_qkv.weight)
            blk.attn_qkv.weight : n_embd, ($q)+($k)+($v)
            blk.attn_qkv.bias? : ($q)+($k)+($v)
          else
            call split-qkv $q ; $k ; $v
          end
        end
        macro split-qkv q k v
          blk.attn_q.weight : n_embd, $q
          blk.attn_k.weight : n_embd, $k
          blk.attn_v.weight : n_embd, $v
          blk.attn_q.bias? : $q
          blk.attn_k.bias? : $k
          blk.attn_v.bias? : $v
        end
        # attention whose queries have as many elements as the embedding
        macro square-attention
          must n_embd_head_v*n_head == n_embd @ attention.head_count
          call qkv n_embd ; n_embd_gqa ; n_embd_gqa
          blk.attn_output.weight : n_embd, n_embd
        end
        macro head-attention
          call qkv n_embd_head_k*n_head ; n_embd_k_gqa ; n_embd_v_gqa
          blk.attn_output.weight : n_embd_head_k*n_head, n_embd
        end
        # attn_qkv only
        macro fused-attention
          must n_embd_head_v*n_head == n_embd @ attention.head_count
          blk.attn_qkv.weight : n_embd, n_embd + 2*n_embd_gqa
          blk.attn_output.weight : n_embd, n_embd
        end
        macro qk-norm
          blk.attn_q_norm.weight : n_embd_head_k
          blk.attn_k_norm.weight : n_embd_head_k
        end
        macro layer-norm name
          $name.weight : n_embd
          $name.bias : n_embd
        end
        # factors of LongRoPE or of Llama 3, one set for all layers
        macro rope-factors half
          if longrope
            rope_factors_long.weight? : $half
            rope_factors_short.weight? : $half
          else
            rope_freqs.weight? : $half
          end
        end

        macro glu ff
          blk.ffn_gate.weight : n_embd, $ff
          blk.ffn_up.weight : n_embd, $ff
          blk.ffn_down.weight : $ff, n_embd
        end
        macro glu-bias ff
          blk.ffn_gate.bias? : $ff
          blk.ffn_up.bias? : $ff
          blk.ffn_down.bias? : n_embd
        end
        macro shared-expert ff
          blk.ffn_gate_shexp.weight : n_embd, $ff
          blk.ffn_up_shexp.weight : n_embd, $ff
          blk.ffn_down_shexp.weight : $ff, n_embd
        end
        macro experts ff
          must n_expert > 0 @ expert_count
          blk.ffn_gate_inp.weight : n_embd, n_expert
          blk.ffn_gate_exps.weight : n_embd, $ff, n_expert
          blk.ffn_up_exps.weight : n_embd, $ff, n_expert
          blk.ffn_down_exps.weight : $ff, n_embd, n_expert
        end
        # create_tensor_gate_up_exps: gate and up may be fused
        macro fusable-experts ff
          must n_expert > 0 @ expert_count
          blk.ffn_gate_inp.weight : n_embd, n_expert
          if has(blk.ffn_gate_up_exps.weight)
            blk.ffn_gate_up_exps.weight : n_embd, ($ff)*2, n_expert
          else
            blk.ffn_gate_exps.weight : n_embd, $ff, n_expert
            blk.ffn_up_exps.weight : n_embd, $ff, n_expert
          end
          blk.ffn_down_exps.weight : $ff, n_embd, n_expert
        end
        # Llama's feed-forward, dense or of experts, as copied into several loaders
        macro llama-ffn
          blk.ffn_norm.weight : n_embd
          if n_expert == 0
            call glu n_ff
            call glu-bias n_ff
          else
            blk.ffn_gate_inp.weight : n_embd, n_expert
            blk.ffn_gate_exps.weight? : n_embd, n_ff, n_expert
            blk.ffn_up_exps.weight : n_embd, n_ff, n_expert
            blk.ffn_down_exps.weight : n_ff, n_embd, n_expert
            if n_ff_shexp > 0
              call shared-expert n_ff_shexp
            end
          end
        end
        macro gating
          expert_gating_func = u32? expert_gating_func 0
          must expert_gating_func <= 4 @ expert_gating_func
        end
        macro ssm
          ssm_d_conv = u32 ssm.conv_kernel
          ssm_d_inner = u32 ssm.inner_size
          ssm_d_state = u32 ssm.state_size
          ssm_dt_rank = u32 ssm.time_step_rank
          must ssm_d_conv >= 2 @ ssm.conv_kernel
          must ssm_d_inner > 0 @ ssm.inner_size
          must ssm_d_state > 0 @ ssm.state_size
          must ssm_dt_rank > 0 @ ssm.time_step_rank
        end
        macro grouped-ssm
          call ssm
          ssm_n_group = u32 ssm.group_count
          must ssm_n_group > 0 @ ssm.group_count
        end
        # heads and groups of Mamba-2
        macro mamba2-heads
          must ssm_d_inner % ssm_dt_rank == 0 @ ssm.time_step_rank
          must ssm_d_inner % ssm_n_group == 0 @ ssm.group_count
          must ssm_dt_rank % ssm_n_group == 0 @ ssm.group_count
        end
        macro mamba1-layer
          blk.ssm_in.weight : n_embd, 2*ssm_d_inner
          blk.ssm_conv1d.weight : ssm_d_conv, ssm_d_inner : f32
          blk.ssm_conv1d.bias : ssm_d_inner
          blk.ssm_x.weight : ssm_d_inner, ssm_dt_rank + 2*ssm_d_state
          blk.ssm_dt.weight : ssm_dt_rank, ssm_d_inner
          blk.ssm_dt.bias : ssm_d_inner
          blk.ssm_a : ssm_d_state, ssm_d_inner : f32
          blk.ssm_d : ssm_d_inner : f32
          blk.ssm_out.weight : ssm_d_inner, n_embd
        end
        macro mamba2-layer
          blk.ssm_in.weight : n_embd, 2*ssm_d_inner + 2*ssm_n_group*ssm_d_state + ssm_dt_rank
          blk.ssm_conv1d.weight : ssm_d_conv, ssm_d_inner + 2*ssm_n_group*ssm_d_state : f32
          blk.ssm_dt.bias : ssm_dt_rank
          blk.ssm_a : 1, ssm_dt_rank : f32
          blk.ssm_d : 1, ssm_dt_rank : f32
          blk.ssm_out.weight : ssm_d_inner, n_embd
        end

        """;
}
