namespace LocalLlm.Gguf.Rules;

/// <summary>Encoders, and T5 (bert.cpp, modern-bert.cpp, t5.cpp …).</summary>
internal static class EncoderFamily
{
    public const string Text = """
        [bert nomic-bert nomic-bert-moe jina-bert-v3]
        rope neox if !arch(bert)
        eps attention.layer_norm_epsilon
        moe_step = u32? moe_every_n_layers 0
        call same-head
        must n_token_types > 0 @ tokenizer.ggml.token_type_count
        token_embd.weight : n_embd, n_vocab
        token_types.weight? : n_embd, n_token_types : f32
        if arch(bert)
          position_embd.weight : n_embd, n_ctx_train
          cls.weight? : n_embd, n_embd
          cls.bias? : n_embd
          cls.output.weight? : n_embd, n_cls_out
          cls.output.bias? : n_cls_out
        end
        call layer-norm token_embd_norm
        layers
          call square-attention
          blk.attn_output.bias? : n_embd
          call layer-norm blk.attn_output_norm
          if (arch(nomic-bert) || arch(nomic-bert-moe)) && moe_step > 0 && i % moe_step == 1
            must n_expert > 0 @ expert_count
            blk.ffn_gate_inp.weight : n_embd, n_expert
            blk.ffn_up_exps.weight : n_embd, n_ff, n_expert
            blk.ffn_down_exps.weight : n_ff, n_embd, n_expert
          else
            blk.ffn_up.weight : n_embd, n_ff
            blk.ffn_up.bias? : n_ff
            blk.ffn_down.weight : n_ff, n_embd
            blk.ffn_down.bias? : n_embd
            if arch(nomic-bert)
              blk.ffn_gate.weight : n_embd, n_ff
            end
          end
          call layer-norm blk.layer_output_norm
        end

        [modern-bert]
        rope neox
        n_swa = u32? attention.sliding_window 0
        if n_swa > 0
          swa period 3 dense-first
          f32? rope.freq_base_swa
        end
        eps attention.layer_norm_epsilon
        str? hidden_activation
        call same-head
        must n_embd_head_v*n_head == n_embd @ attention.head_count
        must n_head_kv == n_head @ attention.head_count_kv
        token_embd.weight : n_embd, n_vocab
        token_embd_norm.weight : n_embd
        output_norm.weight : n_embd
        cls.output.weight? : n_embd, n_cls_out
        cls.output.bias? : n_cls_out
        cls.weight? : n_embd, n_embd
        cls.norm.weight? : n_embd
        layers
          if i == 0
            blk.attn_norm.weight? : n_embd
          else
            blk.attn_norm.weight : n_embd
          end
          blk.attn_qkv.weight : n_embd, 3*n_embd
          blk.attn_output.weight : n_embd, n_embd
          blk.ffn_norm.weight : n_embd
          blk.ffn_up.weight : n_embd, 2*n_ff
          blk.ffn_down.weight : n_ff, n_embd
        end

        [neo-bert]
        rope norm
        eps attention.layer_norm_rms_epsilon
        call same-head
        token_embd.weight : n_embd, n_vocab
        enc.output_norm.weight : n_embd
        cls.weight? : n_embd, n_embd
        cls.bias? : n_embd
        cls.output.weight? : n_embd, n_cls_out
        cls.output.bias? : n_cls_out
        layers
          blk.attn_norm.weight : n_embd
          call fused-attention
          blk.ffn_norm.weight : n_embd
          blk.ffn_up.weight : n_embd, n_ff*2
          blk.ffn_down.weight : n_ff, n_embd
        end

        [eurobert]
        rope neox
        eps attention.layer_norm_rms_epsilon
        call same-head
        call shared
        layers
          blk.attn_norm.weight : n_embd
          call square-attention
          blk.ffn_norm.weight : n_embd
          call glu n_ff
        end

        [t5 t5encoder]
        eps attention.layer_norm_rms_epsilon
        buckets = u32 attention.relative_buckets_count
        must buckets >= 4 && buckets <= 65536 @ attention.relative_buckets_count
        must n_ctx_train <= 1048576 @ context_length
        u32? decoder_start_token_id
        decoder = u32? decoder_block_count n_layer
        must decoder <= n_layer_all @ decoder_block_count if arch(t5)
        call same-head
        must n_head_kv == n_head @ attention.head_count_kv
        token_embd.weight : n_embd, n_vocab
        output.weight? : n_embd, n_vocab
        enc.output_norm.weight : n_embd
        layers
          enc.blk.attn_norm.weight : n_embd
          if i == 0
            enc.blk.attn_rel_b.weight : n_head, buckets
          else
            enc.blk.attn_rel_b.weight? : n_head, buckets
          end
          enc.blk.attn_q.weight : n_embd, n_embd_k_gqa
          enc.blk.attn_k.weight : n_embd, n_embd_k_gqa
          enc.blk.attn_v.weight : n_embd, n_embd_v_gqa
          enc.blk.attn_o.weight : n_embd_v_gqa, n_embd
          enc.blk.ffn_norm.weight : n_embd
          enc.blk.ffn_gate.weight? : n_embd, n_ff
          enc.blk.ffn_up.weight : n_embd, n_ff
          enc.blk.ffn_down.weight : n_ff, n_embd
        end
        if arch(t5)
          dec.output_norm.weight : n_embd
          layers decoder
            dec.blk.attn_norm.weight : n_embd
            if i == 0
              dec.blk.attn_rel_b.weight : n_head, buckets
            else
              dec.blk.attn_rel_b.weight? : n_head, buckets
            end
            dec.blk.attn_q.weight : n_embd, n_embd_k_gqa
            dec.blk.attn_k.weight : n_embd, n_embd_k_gqa
            dec.blk.attn_v.weight : n_embd, n_embd_v_gqa
            dec.blk.attn_o.weight : n_embd_v_gqa, n_embd
            dec.blk.cross_attn_norm.weight : n_embd
            dec.blk.cross_attn_rel_b.weight? : n_head, buckets : any
            dec.blk.cross_attn_q.weight : n_embd, n_embd_k_gqa
            dec.blk.cross_attn_k.weight : n_embd, n_embd_k_gqa
            dec.blk.cross_attn_v.weight : n_embd, n_embd_v_gqa
            dec.blk.cross_attn_o.weight : n_embd_v_gqa, n_embd
            dec.blk.ffn_norm.weight : n_embd
            dec.blk.ffn_gate.weight? : n_embd, n_ff
            dec.blk.ffn_up.weight : n_embd, n_ff
            dec.blk.ffn_down.weight : n_ff, n_embd
          end
        end

        """;
}
