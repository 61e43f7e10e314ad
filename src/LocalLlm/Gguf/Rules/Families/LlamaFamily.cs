namespace LocalLlm.Gguf.Rules;

/// <summary>Dense decoders in the shape of Llama (src/models/llama.cpp, qwen2.cpp, phi3.cpp and their like).</summary>
internal static class LlamaFamily
{
    public const string Text = """
        [llama llama-embed]
        rope norm
        eps attention.layer_norm_rms_epsilon
        n_ff_shexp = const 0
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.attn_output.bias? : n_embd
          call rope-factors n_rot/2
          call llama-ffn
        end

        [mistral3]
        rope norm
        eps attention.layer_norm_rms_epsilon
        f32? attention.temperature_scale
        f32? rope.scaling.yarn_beta_fast
        f32? rope.scaling.yarn_beta_slow
        f32? rope.scaling.yarn_log_multiplier
        must n_ctx_orig > 0 @ rope.scaling.original_context_length
        n_ff_shexp = const 0
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.attn_output.bias? : n_embd
          call rope-factors n_rot/2
          call llama-ffn
        end

        [deci]
        rope norm
        varies heads
        eps attention.layer_norm_rms_epsilon
        call full-rope
        must n_head > 0 @ attention.head_count
        some n_head_kv[i] > 0 @ attention.head_count_kv
        call tied
        layers
          if n_head_kv[i] == 0 && n_head[i] > 0
            blk.attn_norm.weight : n_embd
            blk.attn_output.weight : n_embd, n_embd
          end
          if n_head_kv[i] > 0
            blk.attn_norm.weight : n_embd
            call qkv n_embd_head_k*n_head[i] ; n_embd_head_k*n_head_kv[i] ; n_embd_head_v*n_head_kv[i]
            blk.attn_output.weight : n_embd_head_k*n_head[i], n_embd
          end
          blk.attn_output.bias? : n_embd
          call rope-factors n_rot/2
          if n_ff[i] > 0
            blk.ffn_norm.weight : n_embd
            call glu n_ff[i]
            call glu-bias n_ff[i]
          end
        end

        [refact]
        eps attention.layer_norm_rms_epsilon
        n_ff_shexp = const 0
        call same-head
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.attn_output.bias? : n_embd
          call rope-factors n_rot/2
          call llama-ffn
        end

        [minicpm]
        rope norm
        eps attention.layer_norm_rms_epsilon
        f32? embedding_scale
        f32? residual_scale
        f32? logit_scale
        n_ff_shexp = const 0
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.attn_output.bias? : n_embd
          call rope-factors n_rot/2
          call llama-ffn
        end

        [granite granitemoe]
        rope norm
        eps attention.layer_norm_rms_epsilon
        f32 logit_scale
        f32? residual_scale
        f32? embedding_scale
        f32? attention.scale
        deepstack = i32s? deepstack_mapping
        n_ff_shexp = u32? expert_shared_feed_forward_length 0
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.attn_output.bias? : n_embd
          call rope-factors n_rot/2
          call llama-ffn
        end

        [smollm3 hunyuan-dense hunyuan_vl xverse internlm2 baichuan plamo]
        # one loader each; what differs is said by conditions
        rope norm if arch(smollm3) || arch(xverse) || arch(internlm2) || arch(baichuan)
        rope neox if arch(hunyuan-dense) || arch(plamo)
        rope sections-or-neox if arch(hunyuan_vl)
        eps attention.layer_norm_rms_epsilon
        call full-rope
        must n_layer == 32 || n_layer == 40 @ block_count if arch(baichuan)
        token_embd.weight : n_embd, n_vocab
        output_norm.weight : n_embd
        if arch(smollm3) || arch(hunyuan-dense) || arch(hunyuan_vl)
          output.weight? : n_embd, n_vocab
        else
          output.weight : n_embd, n_vocab
        end
        layers
          blk.attn_norm.weight : n_embd
          if arch(smollm3) || arch(hunyuan-dense) || arch(hunyuan_vl)
            call head-attention
          else
            call square-attention
          end
          if arch(hunyuan-dense) || arch(hunyuan_vl)
            call qk-norm
          end
          if !arch(plamo)
            blk.ffn_norm.weight : n_embd
          end
          call glu n_ff
        end

        [qwen]
        rope neox
        eps attention.layer_norm_rms_epsilon
        call same-head
        must n_embd_head_k*n_head == n_embd @ attention.head_count
        must n_head_kv == n_head @ attention.head_count_kv
        call untied
        layers
          blk.attn_norm.weight : n_embd
          blk.attn_qkv.weight : n_embd, n_embd*3
          blk.attn_qkv.bias : n_embd*3
          blk.attn_output.weight : n_embd, n_embd
          blk.ffn_norm.weight : n_embd
          call glu n_ff/2
        end

        [qwen2 dream]
        rope neox
        eps attention.layer_norm_rms_epsilon
        call full-rope
        call tied
        output.bias? : n_vocab
        layers
          blk.attn_norm.weight : n_embd
          call square-attention
          blk.ffn_norm.weight : n_embd
          call glu n_ff
        end

        [qwen2vl]
        rope sections
        eps? attention.layer_norm_rms_epsilon
        call full-rope
        call tied
        output.bias? : n_vocab
        layers
          blk.attn_norm.weight : n_embd
          call square-attention
          blk.ffn_norm.weight : n_embd
          call glu n_ff
        end

        [qwen3 maincoder]
        rope neox if arch(qwen3)
        rope norm if arch(maincoder)
        eps attention.layer_norm_rms_epsilon
        call full-rope
        call tied
        if arch(qwen3)
          cls.output.weight? : n_embd, n_cls_out
        end
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          call qk-norm
          blk.ffn_norm.weight : n_embd
          call glu n_ff
        end

        [qwen3vl]
        rope sections
        eps attention.layer_norm_rms_epsilon
        n_deepstack = u32? n_deepstack_layers 0
        must n_deepstack < n_layer @ n_deepstack_layers
        call full-rope
        call tied
        cls.output.weight? : n_embd, n_cls_out
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          call qk-norm
          blk.ffn_norm.weight : n_embd
          call glu n_ff
        end

        [phi2]
        rope neox
        eps attention.layer_norm_epsilon
        call same-head
        call untied
        output_norm.bias : n_embd
        output.bias : n_vocab
        layers
          call layer-norm blk.attn_norm
          call square-attention
          blk.attn_output.bias : n_embd
          blk.ffn_up.weight : n_embd, n_ff
          blk.ffn_up.bias : n_ff
          blk.ffn_down.weight : n_ff, n_embd
          blk.ffn_down.bias : n_embd
        end

        [phi3]
        rope neox
        eps attention.layer_norm_rms_epsilon
        u32? attention.sliding_window
        call same-head
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call square-attention
          blk.ffn_norm.weight : n_embd
          blk.ffn_up.weight : n_embd, 2*n_ff
          blk.ffn_down.weight : n_ff, n_embd
          rope_factors_long.weight? : n_rot/2
          rope_factors_short.weight? : n_rot/2
        end

        [stablelm]
        rope neox
        eps attention.layer_norm_epsilon
        call same-head
        call untied
        output_norm.bias : n_embd
        layers
          call layer-norm blk.attn_norm
          call square-attention
          blk.attn_q_norm.weight? : n_embd_head_k, n_head : f32
          blk.attn_k_norm.weight? : n_embd_head_k, n_head_kv : f32
          blk.ffn_norm.weight? : n_embd
          blk.ffn_norm.bias? : n_embd
          call glu n_ff
        end

        [orion]
        rope neox
        eps attention.layer_norm_epsilon
        call full-rope
        call untied
        output_norm.bias : n_embd
        layers
          call layer-norm blk.attn_norm
          call square-attention
          call layer-norm blk.ffn_norm
          call glu n_ff
        end

        [starcoder2 codeshell nemotron]
        rope neox
        eps attention.layer_norm_epsilon
        call full-rope if !arch(nemotron)
        call same-head
        token_embd.weight : n_embd, n_vocab
        output_norm.weight : n_embd
        output_norm.bias : n_embd
        if arch(starcoder2)
          output.weight? : n_embd, n_vocab
        else
          output.weight : n_embd, n_vocab
        end
        layers
          call layer-norm blk.attn_norm
          call square-attention
          call layer-norm blk.ffn_norm
          blk.ffn_up.weight : n_embd, n_ff
          blk.ffn_down.weight : n_ff, n_embd
          if arch(nemotron)
            blk.attn_output.bias? : n_embd
            blk.ffn_up.bias? : n_ff
            blk.ffn_down.bias? : n_embd
          else
            blk.attn_output.bias : n_embd
            blk.ffn_up.bias : n_ff
            blk.ffn_down.bias : n_embd
          end
        end

        [command-r]
        rope norm
        eps attention.layer_norm_epsilon
        f32? logit_scale
        call same-head
        call shared
        layers
          blk.attn_norm.weight : n_embd
          if n_layer >= 64
            blk.attn_q_norm.weight : n_embd_head_k, n_head : f32
            blk.attn_k_norm.weight : n_embd_head_k, n_head_kv : f32
          end
          call square-attention
          call glu n_ff
        end

        [olmo]
        rope norm
        eps attention.layer_norm_epsilon
        f32? attention.clamp_kqv
        call full-rope
        token_embd.weight : n_embd, n_vocab
        output.weight? : n_embd, n_vocab
        layers
          call square-attention
          call glu n_ff
        end

        [exaone arcee]
        rope neox if arch(exaone)
        rope norm if arch(arcee)
        eps attention.layer_norm_rms_epsilon
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.ffn_norm.weight : n_embd
          rope_freqs.weight? : n_rot/2
          if arch(exaone)
            call glu n_ff
          else
            blk.ffn_up.weight : n_embd, n_ff
            blk.ffn_down.weight : n_ff, n_embd
          end
        end

        [apertus]
        rope neox
        eps attention.layer_norm_rms_epsilon
        f32s xielu.alpha_n
        f32s xielu.alpha_p
        f32s xielu.beta
        f32s xielu.eps
        call full-rope
        call untied
        layers
          blk.attn_norm.weight : n_embd
          call rope-factors n_rot/2
          call head-attention
          blk.attn_output.bias? : n_embd
          blk.ffn_norm.weight : n_embd
          blk.ffn_up.weight : n_embd, n_ff
          blk.ffn_down.weight : n_ff, n_embd
          call qk-norm
          blk.attn_q_norm.bias? : n_embd_head_k
          blk.attn_k_norm.bias? : n_embd_head_k
        end

        [chatglm]
        rope norm
        eps attention.layer_norm_rms_epsilon
        call same-head
        must n_embd_head_k*n_head == n_embd @ attention.head_count
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call qkv n_embd_head_k*n_head ; n_embd_k_gqa ; n_embd_v_gqa
          blk.attn_output.weight : n_embd, n_embd
          blk.ffn_norm.weight : n_embd
          blk.ffn_up.weight : n_embd, n_ff*2
          blk.ffn_down.weight : n_ff, n_embd
        end

        [glm4]
        rope sections-or-norm
        eps attention.layer_norm_rms_epsilon
        call same-head
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.post_attention_norm.weight : n_embd
          blk.ffn_norm.weight : n_embd
          blk.ffn_up.weight : n_embd, n_ff*2
          blk.ffn_down.weight : n_ff, n_embd
          blk.post_ffw_norm.weight : n_embd
        end

        [seed_oss]
        rope neox
        eps attention.layer_norm_rms_epsilon
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.post_attention_norm.weight : n_embd
          call glu n_ff
        end

        [ernie4_5 paddleocr]
        rope norm if arch(ernie4_5)
        rope sections if arch(paddleocr)
        u32s4? rope.dimension_sections
        eps attention.layer_norm_rms_epsilon
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.attn_output.bias? : n_embd
          blk.ffn_norm.weight : n_embd
          call glu n_ff
        end

        [pangu-embedded]
        rope neox
        eps attention.layer_norm_rms_epsilon
        call full-rope
        call tied
        layers
          blk.attn_norm.weight : n_embd
          call head-attention
          blk.attn_output.bias : n_embd
          blk.ffn_norm.weight : n_embd
          call rope-factors n_rot/2
          call glu n_ff
        end

        [bitnet]
        rope neox
        eps attention.layer_norm_rms_epsilon
        call same-head
        must n_embd_head_v*n_head == n_embd @ attention.head_count
        call shared
        layers
          blk.attn_norm.weight : n_embd
          blk.attn_sub_norm.weight : n_embd
          blk.attn_q.weight : n_embd, n_embd
          blk.attn_k.weight : n_embd, n_embd_gqa
          blk.attn_v.weight : n_embd, n_embd_gqa
          blk.attn_output.weight : n_embd, n_embd
          blk.ffn_norm.weight : n_embd
          blk.ffn_sub_norm.weight : n_ff
          call glu n_ff
        end

        [openelm]
        rope neox
        varies heads
        eps attention.layer_norm_rms_epsilon
        some n_head_kv[i] > 0 @ attention.head_count_kv
        call same-head
        call shared
        layers
          blk.attn_norm.weight : n_embd
          blk.attn_qkv.weight : n_embd, (n_head[i] + 2*n_head_kv[i])*n_embd_head_k
          call qk-norm
          blk.attn_output.weight : n_head[i]*n_embd_head_k, n_embd
          blk.ffn_norm.weight : n_embd
          call glu n_ff[i]
        end

        """;
}
