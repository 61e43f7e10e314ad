namespace LocalLlm.Tests.Planning;

/// <summary>Models beside each other, and contexts that are what was asked for.</summary>
public sealed class SeveralModelsTests
{
    private static readonly GenerationOptions Greedy = new() { Temperature = 0, MaxOutputTokens = 8 };

    // R14, R15: no load takes anything away from a model that is there.
    [Fact]
    public void A_second_model_leaves_the_first_as_it_is()
    {
        using LocalModel first = TestModels.LoadGuide();
        string text = first.Generate("Once upon a time", Greedy).Text;

        using LocalModel second = LocalModel.Load(TestModels.SmolLm2, TestModels.OnCpu with { ContextLength = 256 });

        Assert.NotEmpty(second.Generate("Once upon a time", Greedy).Text);
        GenerateReply again = first.Generate("Once upon a time", Greedy);
        Assert.Equal(text, again.Text);
        // What was read before is still there.
        Assert.True(again.Timings.CachedTokens > 0);
    }

    // R18
    [Fact]
    public void A_second_model_that_does_not_fit_is_refused_with_both_sizes_and_the_first_goes_on()
    {
        using LocalModel first = TestModels.LoadGuide();

        NotEnoughMemoryException error = Assert.Throws<NotEnoughMemoryException>(() => LocalModel.Load(
            TestModels.SmolLm2, TestModels.OnCpu with { ContextLength = 8192, Margin = 0, MaxMemory = MemoryLimits.Parse("ram=150MiB") }));

        Assert.Equal("cpu", error.Device);
        Assert.Equal(150L << 20, error.AvailableBytes);
        Assert.True(error.NeededBytes > error.AvailableBytes);
        Assert.Contains(error.Suggestions, suggestion => suggestion.Contains(nameof(PlanOptions.ContextLength), StringComparison.Ordinal));
        Assert.NotEmpty(first.Generate("Once upon a time", Greedy).Text);
    }

    [Fact]
    public void The_context_that_a_refusal_names_fits()
    {
        LoadOptions options = TestModels.OnCpu with { ContextLength = 8192, Margin = 0, MaxMemory = MemoryLimits.Parse("ram=150MiB") };
        NotEnoughMemoryException error = Assert.Throws<NotEnoughMemoryException>(() => LocalModel.Load(TestModels.SmolLm2, options));
        int fitting = int.Parse(
            error.Suggestions.First(s => s.Contains(" = ", StringComparison.Ordinal)).Split(" = ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

        using LocalModel model = LocalModel.Load(TestModels.SmolLm2, options with { ContextLength = fitting });

        Assert.InRange(model.Memory.AllocatedBytes("cpu"), 1, 150L << 20);
    }

    // R18: a long prompt's room is not taken for a short one's.
    [Fact]
    public void Keys_and_values_take_what_the_context_needs_and_no_more()
    {
        using LocalModel model = LocalModel.Load(TestModels.SmolLm2, TestModels.OnCpu with { ContextLength = 2048 });

        MemoryLine cache = Assert.Single(model.Memory.Lines, line => line.Use == MemoryUse.KvCache);
        Assert.Equal(30L * 3 * (64 + 64) * 2 * 2048, cache.PlannedBytes);
        Assert.Equal(cache.PlannedBytes, cache.AllocatedBytes);
    }

    // R20
    [Fact]
    public void The_context_is_the_one_that_was_asked_for_at_every_load()
    {
        Random random = new(1);
        for (int i = 0; i < 100; i++)
        {
            int asked = random.Next(16, 2049);
            using LocalModel model = TestModels.LoadGuide(asked, sequences: random.Next(1, 4));

            Assert.Equal(asked, model.Info.ContextLength);
            Assert.Equal(asked, model.Plan.ContextLength);
            int[] tooLong = new int[asked + 1];
            Array.Fill(tooLong, model.Tokenize("a")[0]);
            ContextOverflowException error = Assert.Throws<ContextOverflowException>(() => model.Generate(tooLong, Greedy));
            Assert.Contains($"{asked}", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Copied_weights_are_in_memory_of_the_process_and_must_fit()
    {
        LoadOptions copied = TestModels.OnCpu with { ContextLength = 256, WeightLoading = WeightLoading.Copied };
        using LocalModel mapped = LocalModel.Load(TestModels.SmolLm2, TestModels.OnCpu with { ContextLength = 256, WeightLoading = WeightLoading.Mapped });
        using LocalModel model = LocalModel.Load(TestModels.SmolLm2, copied);

        MemoryLine weights = Assert.Single(model.Memory.Lines, line => line.Use == MemoryUse.Weights);
        Assert.Equal(weights.PlannedBytes / 1048576.0, weights.AllocatedBytes / 1048576.0, 0.02);
        Assert.DoesNotContain(model.Memory.Lines, line => line.Use == MemoryUse.MappedWeights);
        Assert.DoesNotContain(mapped.Memory.Lines, line => line.Use == MemoryUse.Weights);
        Assert.Equal(mapped.Generate("Once", Greedy).Text, model.Generate("Once", Greedy).Text);
        foreach (WeightLoading loading in new[] { WeightLoading.Copied, WeightLoading.Locked })
        {
            NotEnoughMemoryException error = Assert.Throws<NotEnoughMemoryException>(
                () => LocalModel.Load(TestModels.SmolLm2, copied with { WeightLoading = loading, Margin = 0, MaxMemory = MemoryLimits.Parse("ram=90MiB") }));
            // No context is short enough.
            Assert.DoesNotContain(error.Suggestions, suggestion => suggestion.Contains(nameof(PlanOptions.ContextLength), StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Locked_weights_must_fit_and_are_not_copied()
    {
        using LocalModel model = LocalModel.Load(TestModels.SmolLm2, TestModels.OnCpu with { ContextLength = 256, WeightLoading = WeightLoading.Locked });

        Assert.Equal(0, model.Plan.Host.CopiedBytes);
        Assert.InRange(model.Plan.Host.LockedBytes, 92L << 20, 93L << 20);
        Assert.Equal(0, model.Plan.Host.DiskBytes);
        Assert.NotEmpty(model.Generate("Once", Greedy).Text);
    }

    [Fact]
    public void Options_that_name_GPUs_and_leave_them_alone_are_refused_or_mean_nothing()
    {
        Assert.Throws<ArgumentException>(() => LocalModel.Load(TestModels.Guide, TestModels.OnCpu with { GpuLayers = 3 }));
        Assert.Throws<ArgumentException>(() => LocalModel.Load(TestModels.Guide, TestModels.OnCpu with { TensorSplit = [1] }));
        Assert.Throws<ArgumentException>(() => LocalModel.Load(TestModels.Guide, TestModels.OnCpu with { DeviceMap = new() { ["output"] = "cpu" } }));
        using LocalModel model = LocalModel.Load(TestModels.Guide, TestModels.OnCpu with { ContextLength = 256, MaxMemory = MemoryLimits.Parse("gpu7=10GiB,cpu=30GiB") });
        Assert.True(model.Plan.Host.BudgetBytes <= 30L << 30);
    }

    [Fact]
    public void Separate_caches_can_only_be_planned()
    {
        Assert.Equal(nameof(PlanOptions.UnifiedKv), Assert.Throws<ArgumentException>(() => LocalModel.Load(TestModels.Guide, new LoadOptions { UnifiedKv = false })).ParamName);
    }
}
