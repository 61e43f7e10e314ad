namespace LocalLlm.Planning;

/// <summary>
/// Upper bounds of llama.cpp's compute buffers, which depend on the graph and its allocator: the terms that were found on
/// real graphs, and a slack by family for what they miss. Only llama.cpp itself knows the exact numbers.
/// </summary>
internal sealed class ComputeBound
{
    private const long MiB = 1L << 20;
    private const long BaseSlack = 16 * MiB;
    private const int Float = sizeof(float);
    private const int Half = 2;

    /// <summary>GGML_SCHED_MAX_COPIES: inputs that a pipeline keeps.</summary>
    private const int PipelineCopies = 4;

    private readonly LayerWork _work;
    private readonly CacheSettings _settings;
    private readonly long _slack;
    private readonly long _tokens;
    private readonly long _mask;
    private readonly bool _isLatent;
    private readonly long _attention;
    private readonly long _layer;
    private readonly long _logits;
    private readonly long _cacheCopy;

    public ComputeBound(ModelFootprint model, CacheSettings settings)
    {
        _work = model.Work;
        _settings = settings;
        _tokens = settings.BatchTokens;
        long full = 0;
        long window = 0;
        long widest = 0;
        foreach (LayerCache cache in model.Caches)
        {
            if (cache.KeyElements is long keys)
            {
                // Tokens attend to the cells of their own stream.
                long cells = cache.CellsPerStream(settings);
                full = cache.Window == 0 ? Math.Max(full, cells) : full;
                window = cache.Window > 0 ? Math.Max(window, cells) : window;
                widest = Math.Max(widest, checked(cells * settings.Streams * (keys + (cache.ValueElements ?? 0))));
            }
        }

        if (model.Family is ModelFamily.Encoder)
        {
            // Without a cache the tokens attend to each other.
            full = _tokens;
        }

        _mask = checked((full + window) * _tokens * (settings.FlashAttention ? Half : Float));
        _cacheCopy = settings.KeyType.IsQuantized() || settings.KeyType == GgmlType.F32 ? checked(Half * widest) : 0;
        _logits = checked(Float * settings.Outputs * (_work.Vocabulary + _work.Embedding));
        _isLatent = model.Family == ModelFamily.Latent;
        _attention = Attention(Math.Max(full, window));
        _layer = Math.Max(Math.Max(FeedForward(), _attention), Mixer());
        // The slacks were found at 512 tokens.
        _slack = checked((Slack(model) + (settings.FlashAttention ? 0 : BaseSlack)) * Math.Max(512, settings.MicroBatch) / 512);
    }

    /// <summary>Bytes on a GPU.</summary>
    public long Device(in DeviceRole role)
    {
        // Without fused attention twice as many rows were seen.
        long row = checked(Float * _work.Embedding * _tokens * (_settings.FlashAttention ? 1 : 2));
        long own = Math.Max(checked(_layer + _mask), role.HasOutput ? _logits : 0);
        if (role.IsPipelined)
        {
            own = checked(Math.Max(_layer, role.HasOutput ? _logits : 0) + (PipelineCopies * _mask) + (row * PipelineCopies * (role.IsFirst ? 1 : 2)));
        }
        else if (!role.IsAlone)
        {
            own = checked(own + (role.IsFirst ? row : 2 * row));
        }

        long copied = _cacheCopy;
        if (role.IsFirst && (role.LargestHostTensor > 0 || role.LargestHostCache > 0))
        {
            // Weights and caches of the processor's layers are copied to the first GPU for long prompts (op_offload).
            // Keys and values of a layer, and the keys of the next; values that are a part of latent keys are copied by themselves.
            int parts = _isLatent ? 2 : 1;
            copied = role.LargestHostCache > 0 ? parts * _cacheCopy : copied;
            long cache = checked((parts * role.LargestHostCache * 3 / 2) + _mask + _attention + role.LargestHostTensor);
            // One weight is still there when the next comes.
            long weights = checked((2 * role.LargestHostTensor) + _mask + _attention);
            own = Math.Max(checked(own + (2 * row) + role.LargestHostTensor), Math.Max(weights, cache));
        }

        own = checked(own + (role.CopiesQuantizedCache ? copied : 0));
        return checked(own + (own / 20) + _slack);
    }

    /// <summary>Bytes in RAM: inputs and masks for the GPUs, the work of the processor's own layers.</summary>
    public long Host(HostRole role)
    {
        int copies = role.IsPipelined ? PipelineCopies : 1;
        int rows = _settings.FlashAttention ? 1 + copies : 2 * (2 + copies);
        long inputs = role.HasGpu ? checked((Float * _work.Embedding * _tokens * rows) + (copies * _mask)) : 0;
        long own = Math.Max(role.HasLayers ? checked(_layer + _mask) : 0, role.HasOutput ? _logits : 0);
        // Inputs alone are known well.
        long slack = role.HasLayers || role.HasOutput ? _slack : Math.Min(_slack, checked(BaseSlack * Math.Max(512, _settings.MicroBatch) / 512));
        return checked(inputs + own + ((inputs + own) / 20) + slack);
    }

    /// <summary>Bytes in RAM where the logits are read from (output_reserve in llama-context.cpp).</summary>
    public long OutputBuffer() => checked(Float * _work.Vocabulary * Math.Max(_settings.MostOutputs, _settings.Sequences));

    private long FeedForward()
    {
        long dense = checked(Float * _tokens * ((3 * _work.FeedForward) + (3 * _work.Embedding)));
        long used = _work.ExpertsUsed;
        long experts = checked(Float * _tokens * ((2 * used * _work.Embedding) + (used * _work.ExpertFeedForward) + (2 * _work.Embedding)));
        return used > 0 ? Math.Max(dense, experts) : dense;
    }

    private long Attention(long cells)
    {
        long own = checked(Float * _tokens * ((2 * _work.Queries) + (2 * _work.Embedding) + _work.Keys + _work.Values));
        // Cut from one product they are copied.
        own = _work.IsFused ? checked(own + (3 * Float * _tokens * (_work.Queries + _work.Keys + _work.Values))) : own;
        return _settings.FlashAttention || cells == 0 ? own : checked(own + (Float * _tokens * cells * _work.Heads * (_work.CapsScores || _isLatent ? 2 : 1)));
    }

    // States are gathered, computed and written back.
    private long Mixer() => checked((Float * _tokens * _work.Mixer) + (3 * Float * _settings.Sequences * _work.State));

    // The largest shortfalls seen were 8 MiB (dense), 109 (experts), 135 (latent) and 257 (Mamba 2).
    private static long Slack(ModelFootprint model) => model.Family switch
    {
        ModelFamily.Hybrid when model.Caches.All(cache => cache.StateElements == 0) => 4 * BaseSlack,
        ModelFamily.Dense or ModelFamily.Window or ModelFamily.Encoder => BaseSlack,
        ModelFamily.Experts => 128 * MiB,
        ModelFamily.Latent => 160 * MiB,
        ModelFamily.Recurrent or ModelFamily.Hybrid => 288 * MiB,
        _ => 512 * MiB,
    };
}
