using LocalLlm.Gguf;

namespace LocalLlm.Planning;

/// <summary>Asks the loaded llama.cpp about a tiny model whose answer is known, once in a process: a library or a log that is another is found out.</summary>
internal static class SimulationSelfTest
{
    private const int Layers = 2;
    private const int Embedding = 64;
    private const int Vocabulary = 32;
    private const int FeedForward = 128;
    private const int ContextLength = 512;
    private const int MicroBatch = 64;

    /// <summary>At least the activations of the feed-forward.</summary>
    private const long LeastCompute = sizeof(float) * FeedForward * MicroBatch;

    private const long MostCompute = 4L << 20;

    /// <summary>Operations of two layers and an output.</summary>
    private const int GraphNodes = 68;

    private static readonly Lazy<string?> Result = new(Run);

    /// <summary>Why simulations are not to be trusted; null where they are.</summary>
    public static string? Failure => Result.Value;

    private static string? Run()
    {
        PlanMachine machine = new() { RamBytes = 0 };
        NativePlacement placement = new() { Devices = [], GpuLayers = 0, TensorSplit = [], Overrides = [], UsesExtraBuffers = false };
        CacheSettings settings = new() { ContextLength = ContextLength, MicroBatch = MicroBatch };
        using ModelSimulation simulation = new(Header());
        SimulationResult result = simulation.Run(placement, machine, settings, FlashAttention.Auto);
        long caches = (long)Layers * ContextLength * Embedding * 2 * sizeof(short);
        return result switch
        {
            { Failure: { } failure } => failure,
            // Without a patch that the shipped libraries have, llama.cpp makes up the biases that the header does not name.
            _ when result.Log.GraphNodes != GraphNodes => $"it computes {result.Log.GraphNodes} operations instead of {GraphNodes}",
            _ when Math.Abs(result.Log.CacheBytes - caches) > BufferLog.Rounding => $"its log tells {result.Log.CacheBytes} bytes of KV cache instead of {caches}",
            _ when result.ComputeInRam(machine) is < LeastCompute or > MostCompute => $"its log tells {result.ComputeInRam(machine)} bytes of compute buffers",
            _ when result.FindMisplaced(Placement.OnHost(Layers), machine) is { } layer => $"its log does not tell where layer {layer} is",
            _ => null,
        };
    }

    private static byte[] Header()
    {
        GgufMetadataBuilder metadata = new();
        metadata.SetString(GgufKeys.Architecture, "llama");
        metadata.SetString("tokenizer.ggml.model", "none");
        metadata.SetFloat32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        foreach ((string key, uint value) in new (string, uint)[]
        {
            ("vocab_size", Vocabulary), ("block_count", Layers), ("context_length", ContextLength), ("embedding_length", Embedding),
            ("feed_forward_length", FeedForward), ("attention.head_count", 2), ("attention.head_count_kv", 2),
        })
        {
            metadata.SetUInt32($"llama.{key}", value);
        }

        List<TensorPlan> tensors = [];
        Add("token_embd.weight", Embedding, Vocabulary);
        Add("output_norm.weight", Embedding);
        Add("output.weight", Embedding, Vocabulary);
        for (int i = 0; i < Layers; i++)
        {
            Add($"blk.{i}.attn_norm.weight", Embedding);
            Add($"blk.{i}.ffn_norm.weight", Embedding);
            foreach (string part in (string[])["q", "k", "v", "output"])
            {
                Add($"blk.{i}.attn_{part}.weight", Embedding, Embedding);
            }

            Add($"blk.{i}.ffn_gate.weight", Embedding, FeedForward);
            Add($"blk.{i}.ffn_up.weight", Embedding, FeedForward);
            Add($"blk.{i}.ffn_down.weight", FeedForward, Embedding);
        }

        return HeaderWriter.Bytes(metadata, tensors);

        void Add(string name, params ReadOnlySpan<long> shape) => tensors.Add(TensorPlan.Create(name, GgmlType.F32, shape));
    }
}
