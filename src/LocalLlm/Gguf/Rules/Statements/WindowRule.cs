namespace LocalLlm.Gguf.Rules;

/// <summary>Which layers attend to a window only.</summary>
internal sealed class WindowRule(WindowSource source, int period, bool denseFirst) : RuleStatement
{
    private const string Pattern = "attention.sliding_window_pattern";

    public override void Run(ref RuleRun run)
    {
        Hyperparameters model = run.Model;
        KeyReader keys = run.Keys;
        bool[] layers = new bool[Hyperparameters.MaxLayers];
        bool isArray = keys.TryFind(Pattern, out KeyValueEntry entry) && entry.IsArray;
        switch (source)
        {
            case WindowSource.Array:
            case WindowSource.PeriodOrArray when isArray:
                Fill(layers, keys.ReadPerLayer(Pattern, model.LayerCount, required: true));
                break;
            case WindowSource.RawArray:
                long[] values = new long[Hyperparameters.MaxLayers];
                keys.ReadArray(Pattern, values, required: true);
                Fill(layers, values);
                break;
            default:
                // An array is passed over where a period is wanted.
                long every = isArray ? period : keys.ReadUInt32(Pattern, period);
                for (int i = 0; i < model.LayerCount; i++)
                {
                    layers[i] = every == 0 || (denseFirst ? i % every != 0 : i % every < every - 1);
                }

                break;
        }

        run.IsSwa = layers;
        run.HasWindow = true;
        ReadOnlySpan<bool> main = layers.AsSpan(0, model.LayerCount);
        if (!main.Contains(true))
        {
            keys.Refuse("model-inconsistent", Pattern, "The model has a sliding window, but no layer that uses it.");
        }
        else if (!main.Contains(false))
        {
            // The part of the cache without a window would be empty, which ends the process when the context shifts.
            keys.Refuse("model-inconsistent", Pattern, "The model has a sliding window, but no layer without it.");
        }
    }

    private static void Fill(bool[] layers, long[]? values)
    {
        for (int i = 0; i < values?.Length; i++)
        {
            layers[i] = values[i] != 0;
        }
    }
}
