using LocalLlm.Hardware;

namespace LocalLlm.Tests.Inference;

public sealed class LoadFailureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_missing_file_is_named()
    {
        string path = _folder.File("none.gguf");

        ModelNotFoundException error = Assert.Throws<ModelNotFoundException>(() => LocalModel.Load(path));

        Assert.Equal(path, error.Path);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_is_no_model()
    {
        Assert.Contains("without a GGUF file", Assert.Throws<ModelNotFoundException>(() => LocalModel.Load($"{_folder}")).Message, StringComparison.Ordinal);

        File.WriteAllText(_folder.File("a.gguf"), "");
        Assert.Contains("a.gguf", Assert.Throws<ModelNotFoundException>(() => LocalModel.Load($"{_folder}")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(20)]
    [InlineData(1_000)]
    [InlineData(100_000)]
    [InlineData(5_000_000)]
    public void A_file_that_is_cut_off_is_refused(int length)
    {
        string path = _folder.File("cut.gguf");
        File.WriteAllBytes(path, File.ReadAllBytes(TestModels.Guide).AsSpan(0, length));

        GgufFormatException error = Assert.Throws<GgufFormatException>(() => LocalModel.Load(path));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_bytes_are_refused()
    {
        byte[] bytes = new byte[65_536];
        new Random(1).NextBytes(bytes);
        string path = _folder.File("random.gguf");
        File.WriteAllBytes(path, bytes);
        Assert.Equal(0, Assert.Throws<GgufFormatException>(() => LocalModel.Load(path)).Offset);

        "GGUF"u8.CopyTo(bytes);
        File.WriteAllBytes(path, bytes);
        Assert.Throws<GgufFormatException>(() => LocalModel.Load(path));
    }

    [Fact]
    public void Another_format_is_refused()
    {
        string path = _folder.File("model.zip");
        File.WriteAllBytes(path, [0x50, 0x4B, 3, 4, .. new byte[100]]);

        Assert.Throws<GgufFormatException>(() => LocalModel.Load(path));
    }

    [Fact]
    public void An_unknown_architecture_is_refused_with_llama_cpps_words()
    {
        string path = EditGuide("general.architecture", "llama", "xlama");

        LocalLlmException error = Assert.ThrowsAny<LocalLlmException>(() => LocalModel.Load(path));

        Assert.True(error is ModelLoadException or GgufFormatException);
        Assert.Contains("xlama", error.Message, StringComparison.Ordinal);
    }

    // Encoders without a memory "generate" token 0, or end the process (T9).
    [Fact]
    public void An_embedding_model_can_not_generate()
    {
        ModelLoadException error = Assert.Throws<ModelLoadException>(() => LocalModel.Load(TestModels.MiniLm));

        Assert.Contains("can't generate", error.Message, StringComparison.Ordinal);
    }

    // llama.cpp touches every page of the cache: Linux would end the process, not return NULL (T6).
    [Fact]
    public void A_context_that_does_not_fit_into_memory_is_refused_with_both_numbers()
    {
        const int sequences = 256;
        const int contextLength = 8192;
        const long kvBytesPerToken = 30 * 3 * (64 + 64) * 2;
        long needed = kvBytesPerToken * contextLength * sequences;
        Assert.SkipUnless(needed > SystemMemory.AvailableBytes(), "This machine has room for it.");

        NotEnoughMemoryException error = Assert.Throws<NotEnoughMemoryException>(
            () => LocalModel.Load(TestModels.SmolLm2, TestModels.OnCpu with { ContextLength = contextLength, Sequences = sequences }));

        Assert.Equal("cpu", error.Device);
        // The masks of so many cells are no small thing either.
        Assert.InRange(error.NeededBytes, needed, needed + (needed / 10));
        Assert.InRange(error.AvailableBytes, 1, needed - 1);
        Assert.Contains("ContextLength", error.Suggestions[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_context_longer_than_trained_is_refused_with_both_numbers()
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(
            () => LocalModel.Load(TestModels.Guide, TestModels.OnCpu with { ContextLength = 2049 }));

        Assert.Contains("2048", error.Message, StringComparison.Ordinal);
        Assert.Contains("2049", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<LoadOptions> InvalidOptions => new(
        TestModels.OnCpu with { ContextLength = 0 },
        TestModels.OnCpu with { ContextLength = -1 },
        TestModels.OnCpu with { Sequences = 0 },
        TestModels.OnCpu with { Sequences = 257 },
        TestModels.OnCpu with { Threads = 0 },
        TestModels.OnCpu with { Threads = 513 },
        new LoadOptions { GpuLayers = -1 },
        TestModels.OnCpu with { ContextLength = int.MaxValue, Sequences = 2 });

    [Theory, MemberData(nameof(InvalidOptions))]
    public async Task Invalid_options_are_refused_at_the_call(LoadOptions options)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => LocalModel.Load(TestModels.Guide, options));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => LocalModel.LoadAsync(TestModels.Guide, options, TestContext.Current.CancellationToken));
    }

    // R32: a backend that is asked for and missing is an error, never silently the processor.
    [Fact]
    public Task Layers_for_a_GPU_that_is_not_there_are_refused()
    {
        string empty = Directory.CreateDirectory(_folder.File("cpu-only")).FullName;
        foreach (string library in Directory.EnumerateFiles(NativeRuntime.Load().Directory).Where(f => !f.Contains("vulkan", StringComparison.Ordinal)))
        {
            File.CreateSymbolicLink(Path.Combine(empty, Path.GetFileName(library)), library);
        }

        return ChildTest.PassesAsync(typeof(LoadChild), nameof(LoadChild.Refuses_GPU_layers_without_a_GPU), null, ("LOCALLLM_NATIVE_DIR", empty));
    }

    [Fact]
    public void A_file_whose_path_is_not_ASCII_loads()
    {
        string path = _folder.File("模型 ü😀.gguf");
        File.Copy(TestModels.Guide, path);

        using LocalModel model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 256 });

        Assert.Equal(path, model.Info.Path);
        Assert.NotEmpty(model.Chat("Hello").Text);
    }

    [Fact]
    public async Task A_cancelled_load_gives_OperationCanceledException_and_the_next_one_works()
    {
        using CancellationTokenSource cancel = new();
        LoadOptions options = TestModels.OnCpu with { ContextLength = 256, Progress = new Callback<LoadProgress>(_ => cancel.Cancel()) };

        OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LocalModel.LoadAsync(TestModels.Guide, options, cancel.Token));

        Assert.Equal(cancel.Token, error.CancellationToken);
        using LocalModel model = TestModels.LoadGuide();
    }

    [Fact]
    public async Task What_a_progress_callback_throws_stops_the_load_and_reaches_the_caller()
    {
        LoadOptions options = TestModels.OnCpu with { Progress = new Callback<LoadProgress>(_ => throw new InvalidTimeZoneException("mine")) };

        Assert.Equal("mine", Assert.Throws<InvalidTimeZoneException>(() => LocalModel.Load(TestModels.Guide, options)).Message);
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => LocalModel.LoadAsync(TestModels.Guide, options, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void What_a_logger_throws_while_loading_reaches_the_caller()
    {
        LoadOptions options = TestModels.OnCpu with { LoggerFactory = new CallbackLoggerFactory((_, _) => throw new InvalidTimeZoneException("mine")) };

        Assert.Throws<InvalidTimeZoneException>(() => LocalModel.Load(TestModels.Guide, options));
    }

    [Fact]
    public void Progress_ends_at_one()
    {
        List<double> fractions = [];
        LoadOptions options = TestModels.OnCpu with { ContextLength = 256, Progress = new Callback<LoadProgress>(p => fractions.Add(p.Fraction)) };

        using LocalModel model = LocalModel.Load(TestModels.Guide, options);

        Assert.Equal(fractions.Order(), fractions);
        Assert.Equal(1, fractions[^1]);
    }

    private string EditGuide(string key, string from, string to)
    {
        byte[] bytes = File.ReadAllBytes(TestModels.Guide);
        int value = bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(key)) + key.Length;
        int start = value + bytes.AsSpan(value, 64).IndexOf(System.Text.Encoding.UTF8.GetBytes(from));
        System.Text.Encoding.UTF8.GetBytes(to).CopyTo(bytes, start);
        string path = _folder.File("edited.gguf");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
