using System.Collections.Frozen;
using LocalLlm.Gguf.Rules;

namespace LocalLlm.Planning;

/// <summary>Which layer keeps what, as llama.cpp's create_memory (llama-model.cpp) decides it by architecture.</summary>
internal static class CacheRules
{
    private const long SmallThinkerWindow = 4096;

    /// <summary>Models that read a whole text at once and keep nothing.</summary>
    private static readonly FrozenSet<string> WithoutCache = FrozenSet.Create(
        "bert", "jina-bert-v2", "jina-bert-v3", "nomic-bert", "nomic-bert-moe", "neo-bert", "eurobert", "wavtokenizer-dec",
        "modern-bert", "gemma-embedding", "dream", "llada", "llada-moe", "rnd1");

    /// <summary>Hybrids whose draft head has no cache in the main context. In all other models it has one, unused.</summary>
    private static readonly FrozenSet<string> TrunkOnly = FrozenSet.Create("qwen3next", "qwen35", "qwen35moe");

    public static bool HasCache(string architecture) => !WithoutCache.Contains(architecture);

    /// <summary>What each layer keeps.</summary>
    public static LayerCache[] Of(ModelShape shape)
    {
        LayerCache[] caches = new LayerCache[shape.Model.LayerCountAll];
        for (int i = 0; i < caches.Length; i++)
        {
            caches[i] = HasCache(shape.Architecture) ? OfLayer(shape, i) : LayerCache.None;
        }

        return caches;
    }

    private static LayerCache OfLayer(ModelShape shape, int layer)
    {
        LayerCache cache = LayerCache.None;
        if (Attends(shape, layer) && shape.OwnsKv(layer))
        {
            // The values of latent attention are a part of its keys.
            bool isLatent = IsLatent(shape);
            cache = cache with
            {
                KeyElements = shape.KeyLength(layer) * shape.Model.HeadCountKv[layer],
                ValueElements = isLatent ? null : ValueElements(shape, layer),
                PaddedValueElements = MostValueElements(shape),
                KeyHeadElements = shape.KeyLength(layer),
                ValueHeadElements = shape.ValueLength(layer),
                Window = shape.IsSwa(layer) ? Window(shape) : 0,
            };
        }

        return HasState(shape, layer)
            ? cache with { ConvolutionElements = ConvolutionElements(shape), StateElements = StateElements(shape) }
            : cache;
    }

    /// <summary>llama_hparams::is_mla: both lengths are given.</summary>
    public static bool IsLatent(ModelShape shape) => shape.Value("key_mla") > 0 && shape.Value("value_mla") > 0;

    private static bool Attends(ModelShape shape, int layer) => shape.Architecture switch
    {
        "falcon-h1" => true,
        "nemotron_h" or "nemotron_h_moe" => !shape.IsRecurrent(layer) && shape.Model.FeedForwardLength[layer] == 0,
        _ when TrunkOnly.Contains(shape.Architecture) => layer < shape.Model.LayerCount && !shape.IsRecurrent(layer),
        _ => !shape.IsRecurrent(layer),
    };

    private static bool HasState(ModelShape shape, int layer) =>
        layer < shape.Model.LayerCount && (shape.IsRecurrent(layer) || shape.Architecture == "falcon-h1");

    private static long ValueElements(ModelShape shape, int layer) => shape.ValueLength(layer) * shape.Model.HeadCountKv[layer];

    private static long MostValueElements(ModelShape shape)
    {
        long most = 0;
        for (int i = 0; i < shape.Model.LayerCountAll; i++)
        {
            most = Math.Max(most, ValueElements(shape, i));
        }

        return most;
    }

    // smallthinker.cpp reads the key and then takes its own number.
    private static long Window(ModelShape shape) => shape.Architecture == "smallthinker" ? SmallThinkerWindow : shape.Value("n_swa");

    private static long ConvolutionElements(ModelShape shape)
    {
        if (shape.Value("head_size") > 0)
        {
            return shape.Value("shift") * shape.Model.EmbeddingLength;
        }

        if (shape.Value("conv") > 0)
        {
            return shape.Model.EmbeddingLength * (shape.Value("conv") - 1);
        }

        long channels = checked(shape.Value("ssm_d_inner") + (2 * shape.Value("ssm_n_group") * shape.Value("ssm_d_state")));
        return checked(Math.Max(0, shape.Value("ssm_d_conv") - 1) * channels);
    }

    private static long StateElements(ModelShape shape) => shape.Value("head_size") > 0
        ? shape.Model.EmbeddingLength * shape.Value("head_size")
        : checked(shape.Value("ssm_d_state") * shape.Value("ssm_d_inner"));
}
