namespace LocalLlm.Gguf.Rules;

/// <summary>Older decoders with LayerNorm, learned positions or ALiBi (gpt2.cpp, falcon.cpp, bloom.cpp …).</summary>
internal static class LegacyFamily
{
    public const string Text = """
        [gpt2 starcoder]
        # StarCoder does not rotate, but llama.cpp does when it shifts the context
        rope norm if arch(starcoder)
        eps attention.layer_norm_epsilon
        call same-head
        call tied
        output_norm.bias : n_embd
        position_embd.weight : n_embd, n_ctx_train
        layers
          call layer-norm blk.attn_norm
          call fused-attention
          blk.attn_qkv.bias : n_embd + 2*n_embd_gqa
          blk.attn_output.bias : n_embd
          call layer-norm blk.ffn_norm
          blk.ffn_up.weight : n_embd, n_ff
          blk.ffn_up.bias : n_ff
          blk.ffn_down.weight : n_ff, n_embd
          blk.ffn_down.bias : n_embd
        end

        [gptneox]
        rope neox
        eps attention.layer_norm_epsilon
        bool use_parallel_residual
        call same-head
        call untied
        output_norm.bias : n_embd
        layers
          call layer-norm blk.attn_norm
          call fused-attention
          blk.attn_qkv.bias : n_embd + 2*n_embd_gqa
          blk.attn_output.bias : n_embd
          call layer-norm blk.ffn_norm
          blk.ffn_up.weight : n_embd, n_ff
          blk.ffn_up.bias : n_ff
          blk.ffn_down.weight : n_ff, n_embd
          blk.ffn_down.bias : n_embd
        end

        [falcon]
        rope neox
        eps attention.layer_norm_epsilon
        call full-rope
        call tied
        output_norm.bias : n_embd
        layers
          call layer-norm blk.attn_norm
          blk.attn_norm_2.weight? : n_embd
          blk.attn_norm_2.bias? : n_embd
          call fused-attention
          blk.ffn_up.weight : n_embd, n_ff
          blk.ffn_down.weight : n_ff, n_embd
        end

        [bloom]
        eps attention.layer_norm_epsilon
        call same-head
        call tied
        output_norm.bias : n_embd
        call layer-norm token_embd_norm
        layers
          call layer-norm blk.attn_norm
          call fused-attention
          blk.attn_qkv.bias : n_embd + 2*n_embd_gqa
          blk.attn_output.bias : n_embd
          call layer-norm blk.ffn_norm
          blk.ffn_up.weight : n_embd, n_ff
          blk.ffn_up.bias : n_ff
          blk.ffn_down.weight : n_ff, n_embd
          blk.ffn_down.bias : n_embd
        end

        [mpt]
        eps attention.layer_norm_epsilon
        f32? attention.clamp_kqv
        f32? attention.max_alibi_bias
        call same-head
        call tied
        output_norm.bias? : n_embd
        position_embd.weight? : n_embd, n_ctx_train
        layers
          blk.attn_norm.weight : n_embd
          blk.attn_norm.bias? : n_embd
          call fused-attention
          blk.attn_qkv.bias? : n_embd + 2*n_embd_gqa
          blk.attn_output.bias? : n_embd
          blk.ffn_norm.weight : n_embd
          blk.ffn_norm.bias? : n_embd
          blk.ffn_up.weight : n_embd, n_ff
          blk.ffn_up.bias? : n_ff
          blk.ffn_down.weight : n_ff, n_embd
          blk.ffn_down.bias? : n_embd
          # the graph can't norm the queries of a fused tensor (a FIXME in the loader)
          must !has(blk.attn_q_norm.weight) @ blk.attn_q_norm.weight
          blk.attn_q_norm.weight? : n_embd
          blk.attn_q_norm.bias? : n_embd
          blk.attn_k_norm.weight? : n_embd
          blk.attn_k_norm.bias? : n_embd
          blk.ffn.act.scales? : n_ff
        end

        [jais]
        eps attention.layer_norm_epsilon
        f32? attention.max_alibi_bias
        call same-head
        call untied
        output_norm.bias : n_embd
        layers
          call layer-norm blk.attn_norm
          call fused-attention
          blk.attn_qkv.bias : n_embd + 2*n_embd_gqa
          blk.attn_output.bias : n_embd
          call layer-norm blk.ffn_norm
          call glu n_ff
          blk.ffn_gate.bias : n_ff
          blk.ffn_up.bias : n_ff
          blk.ffn_down.bias : n_embd
        end

        [jais2]
        rope neox
        eps attention.layer_norm_epsilon
        call full-rope
        must n_embd_head_k*n_head == n_embd @ attention.head_count
        must n_head_kv == n_head @ attention.head_count_kv
        call tied
        output_norm.bias : n_embd
        layers
          call layer-norm blk.attn_norm
          blk.attn_q.weight : n_embd, n_embd
          blk.attn_k.weight : n_embd, n_embd
          blk.attn_v.weight : n_embd, n_embd
          blk.attn_output.weight : n_embd, n_embd
          blk.attn_q.bias : n_embd
          blk.attn_k.bias : n_embd
          blk.attn_v.bias : n_embd
          blk.attn_output.bias : n_embd
          call layer-norm blk.ffn_norm
          blk.ffn_up.weight : n_embd, n_ff
          blk.ffn_up.bias : n_ff
          blk.ffn_down.weight : n_ff, n_embd
          blk.ffn_down.bias : n_embd
        end

        """;
}
