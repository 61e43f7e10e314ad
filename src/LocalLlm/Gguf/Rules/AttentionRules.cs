namespace LocalLlm.Gguf.Rules;

/// <summary>What every attention graph needs of heads, their sizes, rotation and windows. ggml checks these with assertions, or not at all.</summary>
internal static class AttentionRules
{
    /// <summary>More than any model's window; the cache's size is computed in 32 bits.</summary>
    private const long MaxWindow = 1 << 22;

    private static readonly TensorName Dense = TensorName.Parse("dense_2.weight");

    /// <summary>Checks the hyper-parameters as a whole, once the architecture's keys are read.</summary>
    public static void CheckOnce(ref RuleRun run)
    {
        if (run.IsAttentionChecked)
        {
            return;
        }

        run.IsAttentionChecked = true;
        CheckOutput(ref run);
        CheckExperts(ref run);
        if (!run.IsPurelyRecurrent)
        {
            CheckHeads(ref run);
            CheckSizes(ref run);
            CheckRope(ref run);
            CheckReuse(ref run);
        }

        run.SkipsTensors = run.IsRefused;
    }

    /// <summary>The window, which some architectures read after the pattern.</summary>
    public static void CheckWindow(ref RuleRun run, long window)
    {
        if (run.HasWindow && window is < 1 or > MaxWindow)
        {
            run.Keys.Refuse("value-out-of-range", "attention.sliding_window", $"'{run.Keys.FullName("attention.sliding_window")}' is {window}; it must be 1 to {MaxWindow}.");
        }
    }

    /// <summary>Embeddings have another size than the model only behind a layer that makes it.</summary>
    private static void CheckOutput(ref RuleRun run)
    {
        long size = run.Model.EmbeddingLengthOut;
        if (size == 0 || size == run.Model.EmbeddingLength || (run.Keys.Architecture.StartsWith("lfm2"u8) && run.HasTensor(Dense)))
        {
            return;
        }

        run.Keys.Refuse("model-inconsistent", "embedding_length_out", $"The model's embeddings would have {size} elements, but nothing makes them of its {run.Model.EmbeddingLength}.");
    }

    private static void CheckExperts(ref RuleRun run)
    {
        Hyperparameters model = run.Model;
        if (model.ExpertCount > 0 && !run.ExpertsVary)
        {
            CheckUniform("expert_used_count", model.ExpertUsedCount, ref run);
        }
    }

    private static void CheckHeads(ref RuleRun run)
    {
        Hyperparameters model = run.Model;
        long first = -1;
        for (int i = 0; i < model.LayerCount; i++)
        {
            if (run.IsRecurrentLayer(i) || (run.HeadsVary && model.HeadCountKv[i] == 0))
            {
                continue;
            }

            long heads = model.HeadCount[i];
            long headsKv = model.HeadCountKv[i];
            if (heads < 1)
            {
                run.Keys.Refuse("value-out-of-range", "attention.head_count", $"Layer {i} has no attention heads.");
                return;
            }

            if (headsKv < 1 || heads % headsKv != 0)
            {
                run.Keys.Refuse("model-inconsistent", "attention.head_count_kv", $"Layer {i} has {heads} heads, not a multiple of its {headsKv} heads of keys and values.");
                return;
            }

            if (heads != model.HeadCount[0] && !run.HeadsVary)
            {
                run.Keys.Refuse("model-inconsistent", "attention.head_count", $"Layer {i} has {heads} heads, layer 0 has {model.HeadCount[0]}; in this architecture all have the same.");
                return;
            }

            // A hybrid's graph asks each layer for its heads of keys and values.
            first = first < 0 ? headsKv : first;
            if (headsKv != first && !run.HeadsVary && run.IsRecurrent is null)
            {
                run.Keys.Refuse("model-inconsistent", "attention.head_count_kv", $"Layer {i} has {headsKv} heads of keys and values, the first has {first}; in this architecture all have the same.");
                return;
            }
        }
    }

    private static void CheckSizes(ref RuleRun run)
    {
        Hyperparameters model = run.Model;
        bool attends = false;
        for (int i = 0; i < model.LayerCount; i++)
        {
            attends |= !run.IsRecurrentLayer(i);
        }

        if (!attends)
        {
            return;
        }

        if (run.KeyLength(0) < 1)
        {
            run.Keys.Refuse("value-out-of-range", "attention.key_length", "Heads of keys have no elements.");
        }

        if (run.ValueLength(0) < 1)
        {
            run.Keys.Refuse("value-out-of-range", "attention.value_length", "Heads of values have no elements.");
        }

        if (!run.HasWindow || run.SizesVary)
        {
            return;
        }

        Same("attention.key_length_swa", model.KeyLengthSwa, model.KeyLength, ref run);
        Same("attention.value_length_swa", model.ValueLengthSwa, model.ValueLength, ref run);
        Same("rope.dimension_count_swa", model.RopeDimensionsSwa, model.RopeDimensions, ref run);
    }

    private static void Same(string key, long window, long full, ref RuleRun run)
    {
        if (window != full)
        {
            run.Keys.Refuse("model-inconsistent", key, $"'{run.Keys.FullName(key)}' is {window}, but layers without a window have {full}; in this architecture they are the same.");
        }
    }

    private static void CheckRope(ref RuleRun run)
    {
        if (run.Rope == RopeKind.None)
        {
            return;
        }

        for (int i = 0; i < run.Model.LayerCount; i++)
        {
            long rotated = run.RopeDimensions(i);
            long size = run.KeyLength(i);
            string key = run.IsSwaLayer(i) && run.SizesVary ? "rope.dimension_count_swa" : "rope.dimension_count";
            if (run.IsRecurrentLayer(i))
            {
                continue;
            }

            if (rotated < 2 || rotated % 2 != 0 || (run.Rope != RopeKind.Part && rotated > size))
            {
                run.Keys.Refuse("value-out-of-range", key, $"'{run.Keys.FullName(key)}' is {rotated}: an even number from 2 to the size of a head, {size}, can be rotated.");
                return;
            }

            if (run.Rope != RopeKind.Part && size % 2 != 0)
            {
                run.Keys.Refuse("value-out-of-range", "attention.key_length", $"Heads of {size} elements, an odd number, can't be rotated.");
                return;
            }

            if (!run.SizesVary)
            {
                break;
            }
        }

        if (run.Rope is RopeKind.Sections or RopeKind.OptionalSections)
        {
            CheckSections(ref run);
        }
    }

    private static void CheckSections(ref RuleRun run)
    {
        const string Key = "rope.dimension_sections";
        bool required = run.Rope == RopeKind.Sections;
        if (!run.Keys.TryFind(Key, out KeyValueEntry entry) || entry.IsArray || required)
        {
            long[]? sections = run.Keys.ReadPerLayer(Key, 4, required);
            if (sections is null || (!required && !(IsPositive(sections[0]) && IsPositive(sections[1]))))
            {
                return;
            }

            long sum = sections.Sum();
            if (sections.Any(section => section > int.MaxValue) || sum < 1 || sum > run.KeyLength(0) || sections[0] + sections[1] + sections[2] == 0)
            {
                run.Keys.Refuse("value-out-of-range", Key, $"'{run.Keys.FullName(Key)}' is [{string.Join(", ", sections)}]; together they must be 1 to {run.KeyLength(0)}.");
            }
        }
        else
        {
            run.Keys.Refuse("wrong-type", Key, $"'{run.Keys.FullName(Key)}' must be an array of four numbers.");
        }
    }

    /// <summary>As the 32-bit signed number that llama.cpp reads.</summary>
    private static bool IsPositive(long section) => section is > 0 and <= int.MaxValue;

    private static void CheckReuse(ref RuleRun run)
    {
        if (run.OwnKvLayers < 0)
        {
            return;
        }

        if (run.OwnKvLayers < 2)
        {
            run.Keys.Refuse("value-out-of-range", "attention.shared_kv_layers", "At least two layers must have keys and values of their own.");
            return;
        }

        for (int i = (int)Math.Min(run.OwnKvLayers, int.MaxValue); i < run.Model.LayerCountAll; i++)
        {
            bool window = run.IsSwaLayer(i);
            int source = (int)run.OwnKvLayers - (window ? 2 : 1);
            if (run.IsSwaLayer(source) != window)
            {
                run.Keys.Refuse("model-inconsistent", "attention.sliding_window_pattern", $"Layer {i} uses the keys and values of layer {source}, which has {(window ? "no window" : "a window")}.");
                return;
            }
        }
    }

    private static void CheckUniform(string key, long[] values, ref RuleRun run)
    {
        for (int i = 1; i < run.Model.LayerCount; i++)
        {
            if (values[i] != values[0])
            {
                run.Keys.Refuse("model-inconsistent", key, $"'{run.Keys.FullName(key)}' is {values[i]} in layer {i} and {values[0]} in layer 0; in this architecture all layers have the same.");
                return;
            }
        }
    }
}
