using System.Buffers.Text;
using System.Text;

namespace LocalLlm.Gguf.Rules;

/// <summary>Tensors that the architecture's rules do not name: scales that any weight may have, those of the draft head, and what does not belong there.</summary>
internal static class LeftoverRules
{
    /// <summary>Weights that may have a ".scale" and an ".input_scale" of one element (load_tensors in llama-model.cpp).</summary>
    private static readonly string[] Scaled =
    [
        "attn_q", "attn_k", "attn_v", "attn_output", "attn_qkv", "attn_gate",
        "ffn_gate", "ffn_down", "ffn_up", "ffn_gate_shexp", "ffn_down_shexp", "ffn_up_shexp",
        "ssm_in", "ssm_out", "ssm_alpha", "ssm_beta",
    ];

    /// <summary>And those that may have one per expert.</summary>
    private static readonly string[] ScaledExperts = ["ffn_gate_exps", "ffn_down_exps", "ffn_up_exps"];

    public static void Check(ref RuleRun run)
    {
        int unexpected = 0;
        string first = string.Empty;
        int global = 0;
        ReadOnlySpan<PartHeader> parts = run.File.PartHeaders;
        for (int p = 0; p < parts.Length; p++)
        {
            using HeaderLease lease = parts[p].Buffer.Acquire();
            foreach (ref readonly TensorEntry entry in parts[p].Tensors)
            {
                ReadOnlySpan<byte> name = entry.Name(lease.Bytes);
                bool known = run.Matched[global++];
                if (entry.Type == (int)GgmlType.NVFP4)
                {
                    CheckNvfp4(name, p, entry, ref run);
                }

                if (known || IsDraftHead(name, run.Model.LayerCount) || CheckScale(name, p, entry, ref run))
                {
                    continue;
                }

                first = unexpected++ == 0 ? MetadataChecks.Text(name) : first;
            }
        }

        if (unexpected > 0)
        {
            string more = unexpected > 1 ? $" and {unexpected - 1} more" : string.Empty;
            run.Findings.Warn("unexpected-tensor", first, null, $"The tensor '{first}'{more} does not belong to a model of this architecture; llama.cpp is likely to refuse the file.");
        }
    }

    /// <summary>"blk.N.…" behind the main model's layers: never computed with unless the draft head is asked for.</summary>
    private static bool IsDraftHead(ReadOnlySpan<byte> name, int layers) =>
        name.StartsWith("blk."u8) && Utf8Parser.TryParse(name[4..], out int layer, out _) && layer >= layers;

    /// <summary>True when the tensor is a scale of a weight that is there.</summary>
    private static bool CheckScale(ReadOnlySpan<byte> name, int part, in TensorEntry entry, ref RuleRun run)
    {
        int suffix = name.LastIndexOf((byte)'.');
        if (suffix < 0 || !(name[suffix..].SequenceEqual(".scale"u8) || name[suffix..].SequenceEqual(".input_scale"u8)))
        {
            return false;
        }

        ReadOnlySpan<byte> stem = name[..suffix];
        bool isOutput = stem.SequenceEqual("output"u8);
        int dot = stem.LastIndexOf((byte)'.');
        string weight = isOutput || dot < 0 ? string.Empty : Encoding.UTF8.GetString(stem[(dot + 1)..]);
        bool perExpert = ScaledExperts.Contains(weight);
        if (!isOutput && !perExpert && !Scaled.Contains(weight))
        {
            return false;
        }

        long elements = perExpert ? run.Model.ExpertCount : 1;
        string text = MetadataChecks.Text(name);
        if (entry.Type != (int)GgmlType.F32)
        {
            run.Refuse("wrong-tensor-type", text, part, entry.TypeOffset, $"The tensor '{text}' is of type {((GgmlType)entry.Type).DisplayName()}; it must be f32.");
        }
        else if (entry.Shape[0] != elements || entry.ElementCount != elements)
        {
            run.Refuse("wrong-shape", text, part, entry.ShapeOffset, $"The tensor '{text}' has {entry.ElementCount} elements; the model needs {elements}.");
        }

        return true;
    }

    /// <summary>A graph can't both scale and bias an NVFP4 weight, nor scale an output that is the embeddings.</summary>
    private static void CheckNvfp4(ReadOnlySpan<byte> name, int part, in TensorEntry entry, ref RuleRun run)
    {
        if (!name.EndsWith(".weight"u8))
        {
            return;
        }

        ReadOnlySpan<byte> stem = name[..^".weight"u8.Length];
        bool clash = Has(stem, ".scale"u8, ref run) && Has(stem, ".bias"u8, ref run);
        bool isTied = stem.SequenceEqual("token_embd"u8) && !Has("output"u8, ".weight"u8, ref run);
        if (clash || (isTied && (Has("output"u8, ".scale"u8, ref run) || Has("output"u8, ".input_scale"u8, ref run))))
        {
            string text = MetadataChecks.Text(name);
            run.Refuse("model-inconsistent", text, part, entry.Start, $"The NVFP4 tensor '{text}' has a scale that llama.cpp can't apply.");
        }
    }

    private static bool Has(ReadOnlySpan<byte> stem, ReadOnlySpan<byte> suffix, ref RuleRun run)
    {
        Span<byte> buffer = stackalloc byte[TensorName.MaxBytes];
        stem.CopyTo(buffer);
        suffix.CopyTo(buffer[stem.Length..]);
        return run.TryFind(buffer[..(stem.Length + suffix.Length)], out _, out _, out _);
    }
}
