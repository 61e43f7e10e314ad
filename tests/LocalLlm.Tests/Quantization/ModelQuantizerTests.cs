using System.Security.Cryptography;
using LocalLlm.Quantization;
using LocalLlm.Tests.Gguf;
using LocalLlm.Tests.Models;

namespace LocalLlm.Tests.Quantization;

public sealed class ModelQuantizerTests
{
    private static readonly QuantizationOptions Anything = new() { AllowMoreBits = true, AllowRequantize = true, Threads = 2 };

    public static TheoryData<ModelFileType> Made() => [.. FileTypeTraits.All.Where(traits => traits.Tensors is not null).Select(traits => traits.Type)];

    [Theory]
    [MemberData(nameof(Made))]
    public async Task A_variant_of_the_guide_model_is_llama_cpps_to_the_byte(ModelFileType type) => await CompareAsync(GuideModel.Path, type);

    [Theory]
    [InlineData(ModelFileType.Q4_K_M)]
    [InlineData(ModelFileType.Q8_0)]
    [InlineData(ModelFileType.F16)]
    public async Task A_variant_of_SmolLM2_is_llama_cpps_to_the_byte(ModelFileType type) => await CompareAsync(Tests.TestModels.SmolLm2, type);

    [Theory]
    [InlineData(ModelFileType.Q2_K)]
    [InlineData(ModelFileType.Q3_K_S)]
    [InlineData(ModelFileType.Q3_K_M)]
    [InlineData(ModelFileType.Q3_K_L)]
    [InlineData(ModelFileType.Q4_K_S)]
    [InlineData(ModelFileType.Q5_K_S)]
    [InlineData(ModelFileType.Q5_K_M)]
    [InlineData(ModelFileType.Q6_K)]
    [InlineData(ModelFileType.Q4_0)]
    public async Task Every_other_variant_of_SmolLM2_is_llama_cpps_to_the_byte(ModelFileType type)
    {
        Assert.SkipUnless(Requirement.RunsAll, "Runs with LOCALLLM_TESTS=all: it quantizes 135 million weights twice.");
        await CompareAsync(Tests.TestModels.SmolLm2, type);
    }

    [Fact]
    public async Task A_disk_without_room_is_told_before_anything_is_written()
    {
        using SmallDisk disk = SmallDisk.Mount(4);
        IOException thrown = await Assert.ThrowsAsync<IOException>(() => ModelQuantizer.QuantizeAsync(GuideModel.Path, disk.Folder.File("q8.gguf"), QuantizationPreset.Q8));
        Assert.Contains("its disk has", thrown.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(disk.Folder.ToString()));
    }

    [Fact]
    public async Task A_disk_that_becomes_full_leaves_nothing_of_the_variant()
    {
        using SmallDisk disk = SmallDisk.Mount(8);
        string filler = disk.Folder.File("filler");
        Callback<QuantizationProgress> fill = new(step =>
        {
            if (step.TensorsDone == 3 && !File.Exists(filler))
            {
                File.WriteAllBytes(filler, new byte[4_000_000]);
            }
        });
        IOException thrown = await Assert.ThrowsAsync<IOException>(() => ModelQuantizer.QuantizeAsync(GuideModel.Path, disk.Folder.File("q8.gguf"), QuantizationPreset.Q8, progress: fill));
        Assert.Contains("became full", thrown.Message, StringComparison.Ordinal);
        Assert.Equal([filler], Directory.GetFiles(disk.Folder.ToString()));
    }

    [Theory]
    [InlineData(TinyModels.Experts)]
    [InlineData(TinyModels.LowRank)]
    [InlineData(TinyModels.Recurrent)]
    [InlineData(TinyModels.Hybrid)]
    [InlineData(TinyModels.Window)]
    public async Task Variants_of_every_kind_of_model_are_llama_cpps_to_the_byte(string architecture)
    {
        using TestFolder folder = new();
        string path = TinyModels.Write(folder, architecture);
        foreach (ModelFileType type in (ModelFileType[])[ModelFileType.Q8_0, ModelFileType.Q4_K_M, ModelFileType.IQ4_NL, ModelFileType.BF16])
        {
            await CompareAsync(path, type);
        }
    }

    [Fact]
    public async Task A_split_model_becomes_one_file()
    {
        using TestFolder folder = new();
        string whole = folder.File("whole.gguf");
        string parts = folder.File("parts.gguf");
        GgufSplitter.Split(GuideModel.Path, parts, new GgufSplitOptions { MaxTensors = 20 });
        await ModelQuantizer.QuantizeAsync(GuideModel.Path, whole, QuantizationPreset.Q8, cancellationToken: TestContext.Current.CancellationToken);
        string first = Directory.GetFiles(Path.GetDirectoryName(parts)!, "parts-00001-*.gguf").Single();
        QuantizationResult result = await ModelQuantizer.QuantizeAsync(first, folder.File("merged.gguf"), QuantizationPreset.Q8, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Hash(whole), Hash(result.Path));
    }

    [Fact]
    public async Task Progress_ends_at_all_bytes_and_never_goes_back()
    {
        using TestFolder folder = new();
        List<QuantizationProgress> told = [];
        await ModelQuantizer.QuantizeAsync(GuideModel.Path, folder.File("q.gguf"), QuantizationPreset.Q4, progress: new Callback<QuantizationProgress>(told.Add), cancellationToken: TestContext.Current.CancellationToken);
        using GgufFile model = GgufFile.Open(GuideModel.Path);
        Assert.Equal(model.Tensors.Sum(tensor => tensor.ByteLength), told[^1].BytesDone);
        Assert.Equal(1, told[^1].Fraction);
        Assert.Equal(told.Select(step => step.BytesDone).Order(), told.Select(step => step.BytesDone));
        Assert.True(told.Count > model.Tensors.Count);
    }

    [Fact]
    public async Task Cancelling_stops_within_a_batch_and_leaves_nothing()
    {
        using TestFolder folder = new();
        using CancellationTokenSource cancel = new();
        Callback<QuantizationProgress> stop = new(step =>
        {
            if (step.TensorsDone == 5)
            {
                cancel.Cancel();
            }
        });
        OperationCanceledException thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ModelQuantizer.QuantizeAsync(GuideModel.Path, folder.File("q.gguf"), QuantizationPreset.Q4, progress: stop, cancellationToken: cancel.Token));
        Assert.Equal(cancel.Token, thrown.CancellationToken);
        Assert.Empty(folder.Names());
    }

    [Fact]
    public async Task What_progress_throws_reaches_the_caller_and_leaves_nothing()
    {
        using TestFolder folder = new();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => ModelQuantizer.QuantizeAsync(
            GuideModel.Path, folder.File("q.gguf"), QuantizationPreset.Q4, progress: new Callback<QuantizationProgress>(_ => throw new InvalidTimeZoneException())));
        Assert.Empty(folder.Names());
    }

    [Fact]
    public async Task Growing_and_quantizing_twice_are_refused_unless_allowed()
    {
        using TestFolder folder = new();
        string small = folder.File("q8.gguf");
        await ModelQuantizer.QuantizeAsync(GuideModel.Path, small, QuantizationPreset.Q8, cancellationToken: TestContext.Current.CancellationToken);
        QuantizationException twice = await Assert.ThrowsAsync<QuantizationException>(() => ModelQuantizer.QuantizeAsync(small, folder.File("q4.gguf"), QuantizationPreset.Q4));
        Assert.Contains("AllowRequantize", twice.Message, StringComparison.Ordinal);
        QuantizationException grown = await Assert.ThrowsAsync<QuantizationException>(
            () => ModelQuantizer.QuantizeAsync(small, folder.File("f16.gguf"), QuantizationPreset.F16, new QuantizationOptions { AllowRequantize = true }));
        Assert.Contains("AllowMoreBits", grown.Message, StringComparison.Ordinal);
        Assert.Equal(["q8.gguf"], folder.Names());
        QuantizationResult result = await ModelQuantizer.QuantizeAsync(small, folder.File("q4.gguf"), QuantizationPreset.Q4, new QuantizationOptions { AllowRequantize = true });
        Assert.Equal(new FileInfo(result.Path).Length, result.Bytes);
        Assert.True(result.Bytes < result.SourceBytes);
    }

    [Fact]
    public async Task Types_that_need_an_importance_matrix_are_refused_with_a_tensor()
    {
        using TestFolder folder = new();
        QuantizationException thrown = await Assert.ThrowsAsync<QuantizationException>(
            () => ModelQuantizer.QuantizeAsync(GuideModel.Path, folder.File("q.gguf"), QuantizationPreset.Of(ModelFileType.IQ2_XXS)));
        Assert.Contains("importance matrix", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("blk.0", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_exists_stays_unless_it_may_be_replaced()
    {
        using TestFolder folder = new();
        string path = folder.Write("there.gguf", [1, 2, 3]);
        await Assert.ThrowsAsync<IOException>(() => ModelQuantizer.QuantizeAsync(GuideModel.Path, path, QuantizationPreset.Q8));
        Assert.Equal(3, new FileInfo(path).Length);
        await ModelQuantizer.QuantizeAsync(GuideModel.Path, path, QuantizationPreset.Q8, new QuantizationOptions { Overwrite = true }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(new FileInfo(path).Length > 3);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public async Task Weights_that_are_no_numbers_are_an_error_with_the_tensor(float bad)
    {
        using TestFolder folder = new();
        string path = TinyModels.Write(folder, TinyModels.Dense);
        Spoil(path, "blk.1.ffn_up.weight", bad);
        GgufFormatException thrown = await Assert.ThrowsAsync<GgufFormatException>(() => ModelQuantizer.QuantizeAsync(path, folder.File("q.gguf"), QuantizationPreset.Q8));
        Assert.Equal("blk.1.ffn_up.weight", thrown.Field);
        Assert.DoesNotContain("q.gguf", folder.Names());
    }

    [Fact]
    public async Task Weights_too_large_for_a_grid_are_an_error_and_not_the_end_of_the_process()
    {
        using TestFolder folder = new();
        TinyModelBuilder model = TinyModels.Plan(TinyModels.Dense);
        foreach ((string name, GgmlType _, long[] shape) in model.Tensors.ToArray())
        {
            if (name.Contains("ffn", StringComparison.Ordinal) && shape.Length == 2)
            {
                model.Reshape(name, 256, shape[1]);
            }
        }

        // The shapes no longer fit the model, so the layer below it is asked.
        string path = folder.File("m.gguf");
        model.Write(path);
        Spoil(path, "blk.1.ffn_up.weight", 3e38f);
        using GgufFile file = GgufFile.Open(path);
        QuantizedTensor tensor = QuantizedTensor.AllOf(file).Single(t => t.Name == "blk.1.ffn_up.weight");
        RowConversion conversion = RowConversion.Of(tensor, GgmlType.IQ3_S);
        byte[] rows = new byte[conversion.SourceRowBytes];
        file.CopyTensor(tensor.Name, 0, rows);
        Assert.Throws<QuantizationException>(() => conversion.Convert(rows, new byte[conversion.RowBytes], 0, 1, new float[256]));
    }

    [Fact]
    public void Wrong_arguments_are_refused_at_the_call()
    {
        Assert.Throws<ArgumentException>(() => { _ = ModelQuantizer.QuantizeAsync("a", "b", QuantizationPreset.Auto); });
        Assert.Throws<ArgumentException>(() => { _ = ModelQuantizer.QuantizeAsync("a", "./a", QuantizationPreset.Q4); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = ModelQuantizer.QuantizeAsync("a", "b", QuantizationPreset.Q4, new QuantizationOptions { Threads = 0 }); });
    }

    private static async Task CompareAsync(string source, ModelFileType type)
    {
        using TestFolder folder = new();
        string native = folder.File("native.gguf");
        string ours = folder.File("ours.gguf");
        using (GgufFile model = GgufFile.Open(source))
        {
            if (VariantLayout.Of(model, type).NeedsImportance is not null)
            {
                // llama.cpp refuses it as well.
                Assert.False(NativeQuantizer.Quantize(source, native, type));
                return;
            }

            Assert.True(NativeQuantizer.Quantize(source, native, type));
            Assert.Equal(new FileInfo(native).Length, ModelQuantizer.PredictBytes(model, type));
        }

        QuantizationResult result = await ModelQuantizer.QuantizeAsync(source, ours, QuantizationPreset.Of(type), Anything, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(new FileInfo(native).Length, result.Bytes);
        Assert.Equal(Hash(native), Hash(ours));
    }

    private static void Spoil(string path, string tensor, float value)
    {
        long offset;
        using (GgufFile file = GgufFile.Open(path))
        {
            Assert.True(file.TryGetTensor(tensor, out GgufTensorInfo? info));
            offset = info.FileOffset;
        }

        using FileStream stream = File.OpenWrite(path);
        stream.Position = offset;
        stream.Write(BitConverter.GetBytes(value));
    }

    private static string Hash(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream));
    }
}
