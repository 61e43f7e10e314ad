using LocalLlm.Gguf;

namespace LocalLlm.Tests.Gguf;

public sealed class GgufSplitTests
{
    [Theory]
    [InlineData("model-00001-of-00003.gguf", "model", 0, 3)]
    [InlineData("/a/b-00002-of-00010.gguf", "/a/b", 1, 10)]
    [InlineData("-00001-of-00001.gguf", "", 0, 1)]
    public void Names_of_parts_are_recognised(string name, string prefix, int number, int count)
    {
        Assert.True(SplitName.TryParse(name, out SplitName split));
        Assert.Equal(new SplitName(prefix, number, count), split);
        Assert.Equal(name, split.Of(number));
    }

    [Theory]
    [InlineData("model.gguf")]
    [InlineData("model-00000-of-00003.gguf")]
    [InlineData("model-00004-of-00003.gguf")]
    [InlineData("model-0001-of-00003.gguf")]
    [InlineData("model-00001-of-00003.GGUF")]
    [InlineData("model-+0001-of-00003.gguf")]
    [InlineData("")]
    public void Other_names_are_not(string name) => Assert.False(SplitName.TryParse(name, out _));

    [Fact]
    public void A_split_set_opens_as_one_from_any_part()
    {
        using TestFolder folder = new();
        IReadOnlyList<string> parts = Split(folder, new GgufSplitOptions { MaxTensors = 2 });
        Assert.Equal(["model-00001-of-00003.gguf", "model-00002-of-00003.gguf", "model-00003-of-00003.gguf", "model.gguf"], folder.Names());
        foreach (string part in parts)
        {
            using GgufFile file = GgufFile.Open(part);
            Assert.Equal(3, file.Parts.Count);
            Assert.Equal(parts, file.Parts.Select(info => info.Location));
            Assert.Equal(SampleModel.Tensors.Select(tensor => tensor.Name), file.Tensors.Select(tensor => tensor.Name));
            Assert.Equal([0, 0, 1, 1, 2, 2], file.Tensors.Select(tensor => tensor.PartIndex));
            Assert.Equal("héllo 🦙", file.Metadata.GetString("text"));
            Assert.Equal(3, file.Metadata.GetUInt16("split.count"));
            Assert.Equal(6, file.Metadata.GetInt32("split.tensors.count"));
            Assert.Equal(file.FileLength, parts.Sum(path => new FileInfo(path).Length));
            Assert.Empty(file.FormatFindings());
            foreach (GgufTensorInfo tensor in file.Tensors)
            {
                byte[] data = new byte[tensor.ByteLength];
                file.CopyTensor(tensor.Name, 0, data);
                Assert.Equal(SampleModel.Data(tensor.Name), data);
                Assert.True(file.TryGetTensor(tensor.Name, out GgufTensorInfo? found));
                Assert.Same(tensor, found);
            }
        }
    }

    [Fact]
    public async Task A_split_set_opens_asynchronously()
    {
        using TestFolder folder = new();
        IReadOnlyList<string> parts = Split(folder, new GgufSplitOptions { MaxTensors = 4 });
        using GgufFile file = await GgufFile.OpenAsync(parts[1], TestContext.Current.CancellationToken);
        Assert.Equal(2, file.Parts.Count);
        Assert.Empty(file.FormatFindings());
    }

    [Fact]
    public void Missing_parts_are_named()
    {
        using TestFolder folder = new();
        IReadOnlyList<string> parts = Split(folder, new GgufSplitOptions { MaxTensors = 1 });
        File.Delete(parts[0]);
        File.Delete(parts[4]);
        ModelNotFoundException e = Assert.Throws<ModelNotFoundException>(() => GgufFile.Open(parts[2]));
        Assert.Contains("model-00001-of-00006.gguf", e.Message, StringComparison.Ordinal);
        Assert.Contains("model-00005-of-00006.gguf", e.Message, StringComparison.Ordinal);
        Assert.Equal(parts[0], e.Path);
    }

    [Fact]
    public void A_part_under_another_name_is_a_clear_error()
    {
        using TestFolder folder = new();
        IReadOnlyList<string> parts = Split(folder, new GgufSplitOptions { MaxTensors = 3 });
        string renamed = folder.File("renamed.gguf");
        File.Copy(parts[1], renamed);
        GgufFormatException e = Assert.Throws<GgufFormatException>(() => GgufFile.Open(renamed));
        Assert.Contains("NAME-00002-of-00002.gguf", e.Message, StringComparison.Ordinal);
        Assert.Equal("split.count", e.Field);
        File.Delete(parts[1]);
        File.Copy(parts[0], parts[1]);
        Assert.Throws<GgufFormatException>(() => GgufFile.Open(parts[1]));
    }

    [Fact]
    public void Parts_that_do_not_belong_together_are_refused()
    {
        using TestFolder folder = new();
        IReadOnlyList<string> parts = Split(folder, new GgufSplitOptions { MaxTensors = 2 });
        File.Copy(parts[1], parts[2], overwrite: true);
        using GgufFile file = GgufFile.Open(parts[0]);
        Assert.Contains(file.Validate(), finding => finding is { Code: "split-key-value", Field: "split.no", PartIndex: 2 });
        Assert.Contains(file.Validate(), finding => finding is { Code: "duplicate-tensor", Field: "blk.0.attn_norm.weight", PartIndex: 2 });
        Assert.Contains("of part 3", file.Validate()[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_a_part_that_end_llama_cpp_are_refused()
    {
        // gguf_get_val_u16 on another type is an abort, not an error.
        using TestFolder folder = new();
        folder.Write("m-00001-of-00002.gguf", Part(0, 2));
        string second = folder.Write("m-00002-of-00002.gguf", GgufBytes.Start(1, 2)
            .UInt32("split.no", 1).UInt32("split.count", 2)
            .Tensor("t1", 0, 0, 8).Pad().Data(32).ToArray());
        using GgufFile file = GgufFile.Open(second);
        Assert.Equal(["split.count", "split.no"], file.Validate()
            .Where(finding => finding.Code == "split-key-type").Select(finding => finding.Field).Order(StringComparer.Ordinal));
        Assert.Throws<GgufFormatException>(file.ThrowIfRefused);
    }

    [Fact]
    public void A_wrong_number_of_tensors_is_refused()
    {
        using TestFolder folder = new();
        folder.Write("m-00001-of-00002.gguf", Part(0, 3));
        string second = folder.Write("m-00002-of-00002.gguf", Part(1, 3));
        using GgufFile file = GgufFile.Open(second);
        Assert.Contains(file.Validate(), finding => finding is { Code: "split-key-value", Field: "split.tensors.count" });
    }

    [Fact]
    public void A_model_that_says_it_is_its_only_part_opens_under_any_name()
    {
        byte[] bytes = GgufBytes.Start(1, 2)
            .Key("split.count", GgufValueType.UInt16).Raw([1, 0])
            .Key("split.no", GgufValueType.UInt16).Raw([0, 0])
            .Tensor("t", 0, 0, 8).Pad().Data(32).ToArray();
        using TestFolder folder = new();
        using GgufFile file = GgufFile.Open(folder.Write("any.gguf", bytes));
        Assert.Empty(file.FormatFindings());
    }

    [Theory]
    [InlineData(1, null, false, 6)]
    [InlineData(4, null, false, 2)]
    [InlineData(4, null, true, 3)]
    [InlineData(6, null, false, 1)]
    [InlineData(null, 1L, false, 6)]
    [InlineData(null, 1L, true, 7)]
    [InlineData(null, 1500L, false, 2)]
    [InlineData(null, 1000000L, false, 1)]
    public void Splitting_and_merging_gives_the_same_bytes(int? tensors, long? bytes, bool emptyFirst, int count)
    {
        using TestFolder folder = new();
        IReadOnlyList<string> parts = Split(folder, new GgufSplitOptions { MaxTensors = tensors, MaxBytes = bytes, NoTensorsInFirstPart = emptyFirst });
        Assert.Equal(count, parts.Count);
        string merged = folder.File("merged.gguf");
        GgufSplitter.Merge(parts[^1], merged);
        Assert.Equal(File.ReadAllBytes(folder.File("model.gguf")), File.ReadAllBytes(merged));
    }

    [Fact]
    public void Splitting_keeps_a_special_alignment()
    {
        using TestFolder folder = new();
        string path = folder.Write("aligned.gguf", SampleModel.Build(alignment: 256));
        IReadOnlyList<string> parts = GgufSplitter.Split(path, folder.File("parts.gguf"), new GgufSplitOptions { MaxTensors = 2 });
        using (GgufFile file = GgufFile.Open(parts[0]))
        {
            Assert.Empty(file.FormatFindings());
            Assert.Equal([256, 32, 32], file.Parts.Select(part => part.Alignment));
        }

        GgufSplitter.Merge(parts[0], folder.File("merged.gguf"));
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(folder.File("merged.gguf")));
    }

    [Fact]
    public void A_set_is_cut_anew()
    {
        using TestFolder folder = new();
        IReadOnlyList<string> parts = Split(folder, new GgufSplitOptions { MaxTensors = 2 });
        IReadOnlyList<string> anew = GgufSplitter.Split(parts[1], folder.File("anew"), new GgufSplitOptions { MaxTensors = 5 });
        Assert.Equal(2, anew.Count);
        GgufSplitter.Merge(anew[0], folder.File("merged.gguf"));
        Assert.Equal(SampleModel.Build(), File.ReadAllBytes(folder.File("merged.gguf")));
    }

    [Fact]
    public void Files_that_exist_stop_a_split_which_then_leaves_nothing_behind()
    {
        using TestFolder folder = new();
        folder.Write("model-00003-of-00003.gguf", [1]);
        Assert.Throws<IOException>(() => Split(folder, new GgufSplitOptions { MaxTensors = 2 }));
        Assert.Equal(["model-00003-of-00003.gguf", "model.gguf"], folder.Names());
        GgufSplitter.Split(folder.File("model.gguf"), folder.File("model.gguf"), new GgufSplitOptions { MaxTensors = 2 }, overwrite: true);
        Assert.Equal(4, folder.Names().Length);
    }

    [Fact]
    public void Cancelling_a_merge_leaves_nothing_behind_and_progress_is_told()
    {
        using TestFolder folder = new();
        IReadOnlyList<string> parts = Split(folder, new GgufSplitOptions { MaxTensors = 2 });
        using CancellationTokenSource cancel = new();
        string merged = folder.File("merged.gguf");
        long last = 0;
        Assert.Throws<OperationCanceledException>(() => GgufSplitter.Merge(parts[0], merged, progress: new Reporter(_ => cancel.Cancel()), cancellationToken: cancel.Token));
        Assert.Equal(4, folder.Names().Length);
        GgufSplitter.Merge(parts[0], merged, progress: new Reporter(bytes => last = bytes));
        Assert.Equal(SampleModel.Tensors.Sum(tensor => SampleModel.Data(tensor.Name).Length), last);
    }

    [Fact]
    public void Damaged_models_are_not_split()
    {
        using TestFolder folder = new();
        string path = folder.Write("bad.gguf", GgufBytes.Start(2, 0).Tensor("a", 0, 0, 8).Tensor("b", 0, 8, 8).Pad().Data(64).ToArray());
        Assert.Throws<GgufFormatException>(() => GgufSplitter.Split(path, path, new GgufSplitOptions { MaxTensors = 1 }));
    }

    private static IReadOnlyList<string> Split(TestFolder folder, GgufSplitOptions options)
    {
        string path = folder.Write("model.gguf", SampleModel.Build());
        return GgufSplitter.Split(path, path, options);
    }

    private static byte[] Part(byte number, byte tensorCount) => GgufBytes.Start(1, 3)
        .Key("split.no", GgufValueType.UInt16).Raw([number, 0])
        .Key("split.tensors.count", GgufValueType.Int32).U32(tensorCount)
        .Key("split.count", GgufValueType.UInt16).Raw([2, 0])
        .Tensor($"t{number}", 0, 0, 8).Pad().Data(32).ToArray();

    private sealed class Reporter(Action<long> action) : IProgress<long>
    {
        public void Report(long value) => action(value);
    }
}
