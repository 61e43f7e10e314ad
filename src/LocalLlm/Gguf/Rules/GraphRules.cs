using System.Text;

namespace LocalLlm.Gguf.Rules;

/// <summary>
/// llama.cpp's graphs have room for 8 nodes per tensor, 1024 at least (llama_context::graph_max_nodes); one more ends the
/// process. Only experts can exceed that: each that a layer uses takes two nodes.
/// </summary>
internal static class GraphRules
{
    private const int LeastRoom = 1024;

    /// <summary>Architectures with linear attention have more room, for their work on chunks.</summary>
    private static readonly string[] Roomy = ["qwen3next", "qwen35", "qwen35moe"];

    private static readonly TensorName Router = TensorName.Parse("blk.ffn_gate_inp.weight");

    public static void Check(ref RuleRun run)
    {
        long experts = 0;
        bool hasGroups = run.Keys.ReadUInt32("expert_group_count") > 1;
        for (int i = 0; i < run.Model.LayerCount && run.Model.ExpertCount > 0; i++)
        {
            run.Layer = i;
            if (run.HasTensor(Router))
            {
                experts += (2 * run.Model.ExpertUsedCount[i]) + (hasGroups ? 18 : 0);
            }
        }

        run.Layer = 0;
        if (experts == 0)
        {
            return;
        }

        // Measured: all else takes up to 5.5 nodes per tensor (DBRX without flash attention), most take less than 4.
        long tensors = run.Matched.Count(true);
        string architecture = Encoding.UTF8.GetString(run.Keys.Architecture);
        long needed = (tensors * 28 / 5) + 64 + experts;
        long room = Math.Max(LeastRoom, tensors * (Roomy.Contains(architecture) ? 32 : 8));
        if (needed > room)
        {
            run.Keys.Refuse("value-out-of-range", "expert_used_count", $"The layers use too many experts: the graph needs about {needed} nodes, llama.cpp has room for {room}.");
        }
    }
}
