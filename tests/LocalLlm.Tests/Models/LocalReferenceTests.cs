using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Models;

public sealed class LocalReferenceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_folder_has_what_is_a_model_by_its_header()
    {
        using TestFolder folder = new();
        byte[] sample = SampleModel.Build();
        folder.Write("tiny-Q8_0.gguf", sample);
        folder.Write("tiny-Q4_K_M.gguf", sample);
        folder.Write("vision.gguf", Header(builder => builder.SetString("general.architecture", "clip"), tensors: true));
        folder.Write("adds.gguf", Header(builder => builder.SetString("general.type", "adapter"), tensors: true));
        folder.Write("weighs.gguf", Header(builder => builder.SetString("general.type", "imatrix"), tensors: true));
        folder.Write("words.gguf", Header(builder => builder.SetString("general.architecture", "llama"), tensors: false));
        folder.Write("damaged.gguf", sample[..100]);
        folder.Write("notes.txt", [1]);
        IReadOnlyList<ModelVariant> variants = await FindAsync(folder.File("."));
        Assert.Equal(["tiny-Q4_K_M.gguf", "tiny-Q8_0.gguf"], variants.Select(variant => variant.Name));
        Assert.Equal(["Q4_K_M", "Q8_0"], variants.Select(variant => variant.Label));
        Assert.All(variants, variant => Assert.Equal((sample.Length, true), (variant.Bytes, File.Exists(variant.LocalPath))));
        Assert.Equal(variants[0].LocalPath, await Store(folder).PullAsync(variants[0], null, Cancellation));
    }

    [Fact]
    public async Task A_folder_without_models_says_what_it_has()
    {
        using TestFolder folder = new();
        ModelNotFoundException e = await Assert.ThrowsAsync<ModelNotFoundException>(() => FindAsync(folder.File(".")));
        Assert.Contains("no .gguf file", e.Message, StringComparison.Ordinal);
        folder.Write("words.gguf", Header(builder => builder.SetString("general.architecture", "llama"), tensors: false));
        e = await Assert.ThrowsAsync<ModelNotFoundException>(() => FindAsync(folder.File(".")));
        Assert.Contains("words.gguf (only a vocabulary)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_stands_for_its_set()
    {
        using TestFolder folder = new();
        string whole = folder.Write("w.gguf", SampleModel.Build());
        Directory.CreateDirectory(folder.File("set"));
        GgufSplitter.Split(whole, folder.File("set/w-Q8_0"), new GgufSplitOptions { MaxTensors = 2 });
        string[] parts = [.. Directory.GetFiles(folder.File("set")).Order(StringComparer.Ordinal)];
        Assert.True(parts.Length > 1);
        ModelVariant variant = (await FindAsync(parts[1])).Single();
        Assert.Equal((parts[0], parts.Length, "Q8_0"), (variant.LocalPath, variant.Files.Count, variant.Label));
        Assert.Equal(parts.Sum(part => new FileInfo(part).Length), variant.Bytes);
        Assert.Equal(["w.gguf", "set/w-Q8_0-00001-of-0000" + parts.Length + ".gguf"], (await FindAsync(folder.File("."))).Select(one => one.Name).OrderDescending());
    }

    [Fact]
    public async Task What_is_not_there_is_told()
    {
        using TestFolder folder = new();
        await Assert.ThrowsAsync<ModelNotFoundException>(() => FindAsync(folder.File("none.gguf")));
    }

    [Fact]
    public void Quantized_variants_are_listed_and_removed_and_nothing_else_is()
    {
        using TestFolder folder = new();
        ModelStore store = Store(folder);
        string path = Path.Combine(store.OwnDirectory, "quantized", "0123abcd", "tiny-Q4_K_M.gguf");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, SampleModel.Build());
        string mine = folder.Write("mine.gguf", SampleModel.Build());
        ModelVariant listed = Assert.Single(store.List());
        Assert.Equal((path, "Q4_K_M"), (listed.LocalPath, listed.Label));
        Assert.Throws<ModelNotFoundException>(() => store.Remove(ModelReference.Parse(mine)));
        Assert.True(File.Exists(mine));
        Assert.Equal(listed.Bytes, store.Remove(listed.Reference));
        Assert.Empty(store.List());
    }

    private static Task<IReadOnlyList<ModelVariant>> FindAsync(string path) => new ModelStore(new ModelStoreOptions { Offline = true }).FindAsync(ModelReference.Parse(path), Cancellation);

    private static ModelStore Store(TestFolder folder) => new(new ModelStoreOptions { CacheDirectory = folder.File("hub"), Offline = true });

    private static byte[] Header(Action<GgufMetadataBuilder> set, bool tensors)
    {
        MemoryStream stream = new();
        using (GgufWriter writer = GgufWriter.Create(stream))
        {
            set(writer.Metadata);
            if (tensors)
            {
                SampleModel.WriteTensors(writer);
            }

            writer.Complete();
        }

        return stream.ToArray();
    }
}
