namespace LocalLlm.Tests.Native;

/// <summary>Each runs in a process of its own: the runtime is loaded once.</summary>
public sealed class NativeRuntimeChild
{
    [Fact(Explicit = true)]
    public void Refuses_another_version()
    {
        NativeLibraryException refused = Assert.Throws<NativeLibraryException>(() => LocalModel.Load(GuideModel.Path));

        Assert.Contains("\"9.9.9\"", refused.Message, StringComparison.Ordinal);
        Assert.Contains("v0.4.0", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public void Refuses_missing_functions()
    {
        NativeLibraryException refused = Assert.Throws<NativeLibraryException>(() => NativeRuntime.Load());

        Assert.Contains("llama_version", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public void Names_the_missing_dependency()
    {
        NativeLibraryException refused = Assert.Throws<NativeLibraryException>(() => NativeRuntime.Load());

        Assert.Contains("libmissing.so", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public void Lists_what_was_tried()
    {
        NativeLibraryException refused = Assert.Throws<NativeLibraryException>(() => NativeRuntime.Load());

        Assert.Contains(refused.TriedPaths, p => p.EndsWith("libggml-base.so", StringComparison.Ordinal) || p.EndsWith("ggml-base.dll", StringComparison.Ordinal) || p.EndsWith("libggml-base.dylib", StringComparison.Ordinal));
        Assert.Contains("LocalLlm.Backend.Cpu", refused.Message, StringComparison.Ordinal);
        Assert.All(refused.TriedPaths, p => Assert.Contains(p, refused.Message, StringComparison.Ordinal));
    }

    [Fact(Explicit = true)]
    public void Says_that_the_CPU_backend_is_missing()
    {
        NativeLibraryException refused = Assert.Throws<NativeLibraryException>(() => NativeRuntime.Load());

        Assert.Contains("no CPU backend", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public void Reports_plugins_that_fail()
    {
        NativeRuntime runtime = NativeRuntime.Load();

        Assert.Equal(["CPU"], runtime.Backends);
        Assert.Equal(["libggml-cuda13.so", "libggml-vulkan.so"], runtime.Failures.Select(f => Path.GetFileName(f.Path)).Order(StringComparer.Ordinal));
        Assert.All(runtime.Failures, f => Assert.NotEmpty(f.Reason));
        Assert.Contains("CUDA 13", runtime.Failures.Single(f => f.Path.Contains("cuda", StringComparison.Ordinal)).Reason, StringComparison.Ordinal);
        using LocalModel model = LocalModel.Load(GuideModel.Path, TestModels.OnCpu with { ContextLength = 256 });
        Assert.NotEmpty(model.Chat("Hello").Text);
    }
}
