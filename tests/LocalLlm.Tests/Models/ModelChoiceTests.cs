using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Models;

public sealed class ModelChoiceTests
{
    private static readonly HardwareProfile Large = HardwareProfile.Parse("ram=64GiB,bandwidth=60GB/s");

    // The guide model reads 11 MB for a token in F16, 6 MB in Q8_0 and 4 MB in Q4_K_M.
    private static readonly HardwareProfile Slow = HardwareProfile.Parse("ram=64GiB,bandwidth=40MB/s");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_a_folder_the_machine_decides()
    {
        using TemporaryFolder folder = new();
        Variants.CopyTo(folder.File("models"), ModelFileType.F16, ModelFileType.Q8_0, ModelFileType.Q4_K_M);
        ModelStore store = Store(folder);
        Assert.Equal("guide-F16.gguf", (await store.ChooseAsync(Models(folder), Large, cancellationToken: Token)).Variant.Name);
        ModelChoice slow = await store.ChooseAsync(Models(folder), Slow, cancellationToken: Token);
        Assert.Equal("guide-Q8_0.gguf", slow.Variant.Name);
        Assert.Null(slow.Made);
        Assert.Equal(3, slow.Preset.Candidates.Count);
        Assert.Contains("> guide-Q8_0.gguf", slow.Preset.ToString(), StringComparison.Ordinal);
        Assert.Equal("guide-Q4_K_M.gguf", (await store.ChooseAsync(Models(folder), Large, new PresetOptions { Preset = QuantizationPreset.Q4 }, Token)).Variant.Name);
        Assert.False(Directory.Exists(store.CacheDirectory), "nothing is written");
    }

    [Fact]
    public async Task A_folder_with_several_models_is_refused_with_their_names()
    {
        using TemporaryFolder folder = new();
        Variants.CopyTo(folder.File("models"), ModelFileType.Q8_0);
        using TestFolder tiny = new();
        File.Copy(TinyModels.Write(tiny, TinyModels.Dense), Path.Combine(folder.File("models"), "tiny.gguf"));
        ModelNotFoundException thrown = await Assert.ThrowsAsync<ModelNotFoundException>(() => Store(folder).ChooseAsync(Models(folder), Large, cancellationToken: Token));
        Assert.Contains("guide-Q8_0.gguf, tiny.gguf", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_file_of_16_bits_variants_can_be_made()
    {
        using TemporaryFolder folder = new();
        ModelReference guide = ModelReference.Parse(GuideModel.Path);
        ModelStore store = Store(folder);
        ModelChoice choice = await store.ChooseAsync(guide, Slow, cancellationToken: Token);
        Assert.Equal(ModelFileType.Q8_0, choice.Made);
        Assert.Equal(7, choice.Preset.Candidates.Count);
        Assert.Equal(ModelFileType.Q5_K_M, (await store.ChooseAsync(guide, Large, new PresetOptions { Preset = QuantizationPreset.Parse("Q5_K_M") }, Token)).Made);
        Assert.Null((await store.ChooseAsync(guide, Large, new PresetOptions { Preset = QuantizationPreset.F16 }, Token)).Made);
    }

    [Fact]
    public async Task Of_a_quantized_file_nothing_is_made()
    {
        using TemporaryFolder folder = new();
        Variants.CopyTo(folder.File("models"), ModelFileType.Q8_0);
        ModelNotFoundException thrown = await Assert.ThrowsAsync<ModelNotFoundException>(
            () => Store(folder).ChooseAsync(Models(folder), Large, new PresetOptions { Preset = QuantizationPreset.Q4 }, Token));
        Assert.Contains("has no Q4, and no variant of 16 bits", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("Q8_0 (guide-Q8_0.gguf)", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variant_is_made_once_told_by_stages_and_listed()
    {
        using TemporaryFolder folder = new();
        string source = folder.File("guide-f16.gguf");
        File.Copy(GuideModel.Path, source);
        ModelStore store = Store(folder);
        ModelChoice choice = await store.ChooseAsync(ModelReference.Parse(source), Large, new PresetOptions { Preset = QuantizationPreset.Q4 }, Token);
        List<LoadProgress> told = [];
        string path = await store.GetAsync(choice, new Callback<LoadProgress>(told.Add), Token);
        Assert.Equal([LoadStage.Hashing, LoadStage.Quantizing], told.Select(step => step.Stage).Distinct());
        Assert.Equal(1, told[^1].Fraction);
        Assert.Equal(File.ReadAllBytes(Variants.PathOf(ModelFileType.Q4_K_M)), File.ReadAllBytes(path));
        Assert.Equal("guide-Q4_K_M.gguf", Path.GetFileName(path));
        Assert.Equal(path, Assert.Single(store.List()).LocalPath);

        told.Clear();
        Assert.Equal(path, await store.GetAsync(choice, new Callback<LoadProgress>(told.Add), Token));
        Assert.Empty(told);

        // Another file of the same name is another source.
        File.SetLastWriteTimeUtc(source, DateTime.UtcNow.AddDays(1));
        Assert.Equal(path, await store.GetAsync(choice, new Callback<LoadProgress>(told.Add), Token));
        Assert.Equal([LoadStage.Hashing], told.Select(step => step.Stage).Distinct());
        Assert.True(store.Remove(ModelReference.Parse(path)) > 0);
        Assert.Empty(store.List());
    }

    [Fact]
    public async Task What_a_killed_process_left_is_removed()
    {
        using TemporaryFolder folder = new();
        ModelStore store = Store(folder);
        ModelChoice choice = await store.ChooseAsync(ModelReference.Parse(GuideModel.Path), Large, new PresetOptions { Preset = QuantizationPreset.Q8 }, Token);
        string path = await store.GetAsync(choice, cancellationToken: Token);
        string left = $"{path}.{Guid.NewGuid():N}.tmp";
        File.Move(path, left);
        Assert.Equal(path, await store.GetAsync(choice, cancellationToken: Token));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public async Task What_can_not_be_made_is_refused_before_anything_is_downloaded()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("guide-F16.gguf", Variants.BytesOf(ModelFileType.F16)));
        using TemporaryFolder folder = new();
        foreach (ModelFileType type in (ModelFileType[])[ModelFileType.IQ2_XXS, ModelFileType.F32])
        {
            await Assert.ThrowsAsync<QuantizationException>(
                () => hub.Store(folder).ChooseAsync(ModelReference.Parse($"hf:{FakeHub.Repository}"), Large, new PresetOptions { Preset = QuantizationPreset.Of(type) }, Token));
        }

        Assert.InRange(hub.Sent, 1, 2 << 20);
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_before_it_is_downloaded()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("guide-Q8_0.gguf", Variants.BytesOf(ModelFileType.Q8_0)));
        using TemporaryFolder folder = new();
        LoadOptions options = TestModels.OnCpu with { Preset = QuantizationPreset.Q8, Store = hub.Store(folder), ContextLength = 2048, MaxMemory = MemoryLimits.Parse("cpu=1MiB") };
        await Assert.ThrowsAsync<NotEnoughMemoryException>(() => LocalModel.LoadAsync($"hf:{FakeHub.Repository}", options, Token));
        Assert.InRange(hub.Sent, 1, 1 << 20);
    }

    [Fact]
    public async Task A_repository_may_hold_what_is_no_model_but_not_two_models()
    {
        using TestFolder tiny = new();
        byte[] other = File.ReadAllBytes(TinyModels.Write(tiny, TinyModels.Dense));
        await using FakeHub hub = await FakeHub.StartAsync(("guide-Q8_0.gguf", Variants.BytesOf(ModelFileType.Q8_0)), ("notes.gguf", "GGUF, said the frog."u8.ToArray()));
        using TemporaryFolder folder = new();
        Assert.Equal("guide-Q8_0.gguf", (await hub.Store(folder).ChooseAsync(ModelReference.Parse($"hf:{FakeHub.Repository}"), Large, cancellationToken: Token)).Variant.Name);
        hub.Files["tiny-F16.gguf"] = other;
        hub.Commit = new string('b', 40);
        ModelNotFoundException thrown = await Assert.ThrowsAsync<ModelNotFoundException>(
            () => hub.Store(folder).ChooseAsync(ModelReference.Parse($"hf:{FakeHub.Repository}"), Large, new PresetOptions { Preset = QuantizationPreset.Q8 }, Token));
        Assert.Contains("several models", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_while_hashing_it_ends()
    {
        using TemporaryFolder folder = new();
        ModelStore store = Store(folder);
        ModelChoice choice = await store.ChooseAsync(ModelReference.Parse(GuideModel.Path), Large, new PresetOptions { Preset = QuantizationPreset.Q4 }, Token);
        using CancellationTokenSource cancel = new();
        List<LoadStage> stages = [];
        Callback<LoadProgress> stop = new(step =>
        {
            stages.Add(step.Stage);
            cancel.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.GetAsync(choice, stop, cancel.Token));
        Assert.Equal([LoadStage.Hashing], stages);
    }

    [Fact]
    public async Task Two_who_make_one_variant_get_one_file()
    {
        using TemporaryFolder folder = new();
        ModelChoice choice = await Store(folder).ChooseAsync(ModelReference.Parse(GuideModel.Path), Large, new PresetOptions { Preset = QuantizationPreset.Q8 }, Token);
        int made = 0;
        Callback<LoadProgress> count = new(step => Interlocked.Add(ref made, step is { Stage: LoadStage.Quantizing, Fraction: 1 } ? 1 : 0));
        string[] paths = await Task.WhenAll(Store(folder).GetAsync(choice, count, Token), Store(folder).GetAsync(choice, count, Token));
        Assert.Equal(paths[0], paths[1]);
        Assert.Equal(1, made);
    }

    [Fact]
    public async Task Cancelled_while_making_it_leaves_no_variant()
    {
        using TemporaryFolder folder = new();
        ModelStore store = Store(folder);
        ModelChoice choice = await store.ChooseAsync(ModelReference.Parse(GuideModel.Path), Large, new PresetOptions { Preset = QuantizationPreset.Q4 }, Token);
        using CancellationTokenSource cancel = new();
        Callback<LoadProgress> stop = new(step =>
        {
            if (step is { Stage: LoadStage.Quantizing, Fraction: > 0.5 })
            {
                cancel.Cancel();
            }
        });
        OperationCanceledException thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.GetAsync(choice, stop, cancel.Token));
        Assert.Equal(cancel.Token, thrown.CancellationToken);
        Assert.Empty(store.List());
        Assert.Empty(Directory.GetFiles(store.OwnDirectory, "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Of_a_repository_only_headers_are_read_and_the_chosen_variant_is_fetched()
    {
        byte[] f16 = Variants.BytesOf(ModelFileType.F16);
        byte[] q8 = Variants.BytesOf(ModelFileType.Q8_0);
        byte[] q4 = Variants.BytesOf(ModelFileType.Q4_K_M);
        await using FakeHub hub = await FakeHub.StartAsync(("guide-F16.gguf", f16), ("guide-Q8_0.gguf", q8), ("guide-Q4_K_M.gguf", q4), ("mmproj-guide.gguf", q4));
        using TemporaryFolder folder = new();
        ModelStore store = hub.Store(folder);
        ModelChoice choice = await store.ChooseAsync(ModelReference.Parse($"hf:{FakeHub.Repository}"), Slow, cancellationToken: Token);
        Assert.Equal("guide-Q8_0.gguf", choice.Variant.Name);
        Assert.Equal(3, choice.Preset.Candidates.Count);
        Assert.All(hub.CdnRequests, request => Assert.NotNull(request.Range));

        // The smallest one's header, and that of the chosen one: a MiB each.
        Assert.InRange(hub.Sent, 1, 2 << 20);

        long before = hub.Sent;
        List<LoadProgress> told = [];
        string path = await store.GetAsync(choice, new Callback<LoadProgress>(told.Add), Token);
        Assert.Equal(q8, File.ReadAllBytes(path));
        Assert.Equal(q8.Length, hub.Sent - before);
        Assert.All(told, step => Assert.Equal(LoadStage.Downloading, step.Stage));
        Assert.Equal(q8.Length, told[^1].Download!.Bytes);
    }

    [Fact]
    public async Task A_repository_of_16_bits_is_fetched_and_quantized()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("guide-F16.gguf", Variants.BytesOf(ModelFileType.F16)));
        using TemporaryFolder folder = new();
        List<LoadStage> stages = [];
        LoadOptions options = TestModels.OnCpu with
        {
            Preset = QuantizationPreset.Q4,
            ContextLength = 256,
            Store = hub.Store(folder),
            Progress = new Callback<LoadProgress>(step => stages.Add(step.Stage)),
        };
        using LocalModel model = await LocalModel.LoadAsync($"hf:{FakeHub.Repository}", options, Token);
        Assert.Equal([LoadStage.Downloading, LoadStage.Quantizing, LoadStage.Loading], stages.Distinct());
        Assert.StartsWith("Q4_K - Medium", model.Info.FileType, StringComparison.Ordinal);
        Assert.Equal(ModelFileType.Q4_K_M, model.Choice!.FileType);
        Assert.Contains("GGUF", model.Chat("What is a GGUF file?").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variant_that_is_named_is_loaded_as_it_is()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("guide-F16.gguf", Variants.BytesOf(ModelFileType.F16)), ("guide-Q8_0.gguf", Variants.BytesOf(ModelFileType.Q8_0)));
        using TemporaryFolder folder = new();
        List<LoadStage> stages = [];
        LoadOptions options = TestModels.OnCpu with { ContextLength = 256, Store = hub.Store(folder), Progress = new Callback<LoadProgress>(step => stages.Add(step.Stage)) };
        using LocalModel model = await LocalModel.LoadAsync($"hf:{FakeHub.Repository}:F16", options, Token);
        Assert.Null(model.Choice);
        Assert.Equal("F16", model.Info.FileType);
        Assert.Equal([LoadStage.Downloading, LoadStage.Loading], stages.Distinct());
    }

    [Fact]
    public async Task A_file_is_loaded_as_it_is_and_a_folder_by_choice()
    {
        using TemporaryFolder folder = new();
        Variants.CopyTo(folder.File("models"), ModelFileType.Q8_0, ModelFileType.Q4_K_M);
        LoadOptions options = TestModels.OnCpu with { ContextLength = 256, Store = Store(folder) };
        using (LocalModel named = await LocalModel.LoadAsync(Variants.PathOf(ModelFileType.Q4_K_M), options, Token))
        {
            Assert.Null(named.Choice);
        }

        using LocalModel chosen = await LocalModel.LoadAsync(folder.File("models"), options, Token);
        Assert.Equal(ModelFileType.Q8_0, chosen.Choice!.FileType);
        Assert.Equal("Q8_0", chosen.Info.FileType);
    }

    [Fact]
    public async Task What_takes_its_time_is_not_loaded_synchronously()
    {
        Assert.Throws<ArgumentException>(() => LocalModel.Load(GuideModel.Path, new LoadOptions { Preset = QuantizationPreset.Q4 }));
        Assert.Throws<ArgumentException>(() => LocalModel.Load("hf:acme/tiny-GGUF"));
        Assert.Throws<FormatException>(() => { _ = LocalModel.LoadAsync("hf:nothing"); });
        await Assert.ThrowsAsync<ModelNotFoundException>(() => LocalModel.LoadAsync("no/such/folder", new LoadOptions { Preset = QuantizationPreset.Q4 }, Token));
    }

    [Fact]
    public async Task Offline_a_chosen_variant_of_the_cache_is_loaded_without_the_network()
    {
        await using FakeHub hub = await FakeHub.StartAsync(("guide-Q8_0.gguf", Variants.BytesOf(ModelFileType.Q8_0)));
        using TemporaryFolder folder = new();
        await hub.Store(folder).PullAsync((await hub.Store(folder).FindAsync(ModelReference.Parse($"hf:{FakeHub.Repository}"), Token))[0], cancellationToken: Token);
        int before = hub.Requests.Count;
        LoadOptions options = TestModels.OnCpu with { ContextLength = 256, Store = new ModelStore(hub.Options(folder) with { Offline = true }) };
        using LocalModel model = await LocalModel.LoadAsync($"hf:{FakeHub.Repository}", options, Token);
        Assert.Equal(ModelFileType.Q8_0, model.Choice!.FileType);
        Assert.Equal(before, hub.Requests.Count);
    }

    private static ModelStore Store(TemporaryFolder folder) => new(new ModelStoreOptions { CacheDirectory = folder.File("hub"), Offline = true });

    private static ModelReference Models(TemporaryFolder folder) => ModelReference.Parse(folder.File("models"));
}
