namespace LocalLlm.Tests.Inference;

/// <summary>Each runs in a process of its own.</summary>
public sealed class LoadChild
{
    [Fact(Explicit = true)]
    public void Refuses_GPU_layers_without_a_GPU()
    {
        ModelLoadException error = Assert.Throws<ModelLoadException>(
            () => LocalModel.Load(GuideModel.Path, new LoadOptions { ContextLength = 256, GpuLayers = 3 }));

        Assert.Contains("GpuLayers is 3", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The process must end by itself, and not by a signal, though nobody disposes the model or reads the stream to its end.</summary>
    [Fact(Explicit = true)]
    public async Task Leaves_a_stream_running()
    {
        LocalModel model = LocalModel.Load(GuideModel.Path, TestModels.OnCpu with { Sequences = 2 });
        GenerationOptions endless = new() { Temperature = 2 };
        _ = model.GenerateAsync("Once", endless, TestContext.Current.CancellationToken);
        await foreach (string text in model.GenerateStreamingAsync("Twice", endless, TestContext.Current.CancellationToken))
        {
            if (text.Length > 0)
            {
                break;
            }
        }
    }

    /// <summary>The same while models are loading.</summary>
    [Fact(Explicit = true)]
    public async Task Leaves_loads_running()
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        for (int i = 0; i < 8; i++)
        {
            _ = LocalModel.LoadAsync(GuideModel.Path, TestModels.OnCpu with { Progress = new Signal(begun) }, CancellationToken.None);
        }

        await begun.Task;
    }

    private sealed class Signal(TaskCompletionSource begun) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => begun.TrySetResult();
    }

    /// <summary>A pre-tokenizer that matches with std::regex recurses for each character of a run.</summary>
    [Fact(Explicit = true)]
    public async Task Tokenizes_a_long_run_of_letters()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("gpt-4o.gguf");
        GgufFile.EditMetadata(GuideModel.Path, path, m => m.SetString("tokenizer.ggml.pre", "gpt-4o"), cancellationToken: TestContext.Current.CancellationToken);

        using LocalModel model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 256 });
        foreach (string text in new[] { new string('a', 200_000), new string('7', 200_000), new string(' ', 200_000), new string('é', 200_000) })
        {
            int[] tokens = await Task.Run(() => model.Tokenize(text), TestContext.Current.CancellationToken);

            Assert.Equal(text, model.Detokenize(tokens));
        }

        Assert.Throws<LocalLlmException>(() => model.Tokenize(new string('a', 1_000_001)));
    }
}
