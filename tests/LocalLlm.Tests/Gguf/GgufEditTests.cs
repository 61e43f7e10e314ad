namespace LocalLlm.Tests.Gguf;

public sealed class GgufEditTests
{
    [Fact]
    public void Without_changes_the_copy_has_the_same_bytes()
    {
        using TestFolder folder = new();
        foreach (byte[] bytes in Files())
        {
            string path = folder.Write("model.gguf", bytes);
            Assert.Equal([folder.File("copy.gguf")], GgufFile.EditMetadata(path, folder.File("copy.gguf"), _ => { }, overwrite: true));
            Assert.Equal(bytes, File.ReadAllBytes(folder.File("copy.gguf")));
        }
    }

    [Fact]
    public void Keys_are_changed_added_and_removed_and_the_tensors_stay()
    {
        using TestFolder folder = new();
        string path = folder.Write("model.gguf", SampleModel.Build());
        string copy = folder.File("copy.gguf");
        GgufFile.EditMetadata(path, copy, metadata =>
        {
            metadata.SetString("text", "changed to something longer than it was");
            metadata.Remove("u8");
            metadata.SetArray<int>("new", [1, 2, 3]);
        });
        using GgufFile file = GgufFile.Open(copy);
        Assert.Empty(file.FormatFindings());
        Assert.Equal("changed to something longer than it was", file.Metadata.GetString("text"));
        Assert.False(file.Metadata.ContainsKey("u8"));
        Assert.Equal("new", file.Metadata.Keys[^1]);
        Assert.Equal(-100, file.Metadata.GetInt8("i8"));
        foreach (GgufTensorInfo tensor in file.Tensors)
        {
            byte[] data = new byte[tensor.ByteLength];
            file.CopyTensor(tensor.Name, 0, data);
            Assert.Equal(SampleModel.Data(tensor.Name), data);
        }
    }

    [Fact]
    public void A_model_is_edited_in_place()
    {
        using TestFolder folder = new();
        string path = folder.Write("model.gguf", SampleModel.Build());
        Assert.Throws<IOException>(() => GgufFile.EditMetadata(path, path, metadata => metadata.SetString("text", "x")));
        GgufFile.EditMetadata(path, path, metadata => metadata.SetString("text", "x"), overwrite: true);
        using GgufFile file = GgufFile.Open(path);
        Assert.Equal("x", file.Metadata.GetString("text"));
        Assert.Equal(["model.gguf"], folder.Names());
    }

    [Fact]
    public void An_edit_that_fails_leaves_nothing_behind()
    {
        using TestFolder folder = new();
        string path = folder.Write("model.gguf", SampleModel.Build());
        Assert.Throws<InvalidOperationException>(() => GgufFile.EditMetadata(path, folder.File("copy.gguf"), _ => throw new InvalidOperationException()));
        Assert.Throws<ArgumentException>(() => GgufFile.EditMetadata(path, folder.File("copy.gguf"), metadata => metadata.SetUInt32("general.alignment", 64)));
        Assert.Throws<OperationCanceledException>(() =>
            GgufFile.EditMetadata(path, folder.File("copy.gguf"), _ => { }, cancellationToken: new CancellationToken(canceled: true)));
        Assert.Equal(["model.gguf"], folder.Names());
    }

    [Fact]
    public void A_key_that_stands_twice_is_mended()
    {
        using TestFolder folder = new();
        string path = folder.Write("bad.gguf", GgufBytes.Start(1, 2).UInt32("a", 1).UInt32("a", 2).Tensor("t", 0, 0, 8).Pad().Data(32).ToArray());
        GgufFile.EditMetadata(path, path, _ => { }, overwrite: true);
        using GgufFile file = GgufFile.Open(path);
        Assert.Empty(file.FormatFindings());
        Assert.Equal(1u, file.Metadata.GetUInt32("a"));
    }

    [Fact]
    public void A_split_set_is_edited_as_a_set()
    {
        using TestFolder folder = new();
        string path = folder.Write("model.gguf", SampleModel.Build());
        IReadOnlyList<string> parts = GgufSplitter.Split(path, path, new GgufSplitOptions { MaxTensors = 3 });
        Assert.Throws<ArgumentException>(() => GgufFile.EditMetadata(parts[0], folder.File("edited.gguf"), metadata => metadata.Remove("split.count")));
        IReadOnlyList<string> edited = GgufFile.EditMetadata(parts[1], folder.File("edited.gguf"), metadata => metadata.SetString("text", "x"));
        Assert.Equal([folder.File("edited-00001-of-00002.gguf"), folder.File("edited-00002-of-00002.gguf")], edited);
        Assert.Equal(File.ReadAllBytes(parts[1]), File.ReadAllBytes(edited[1]));
        using GgufFile file = GgufFile.Open(edited[0]);
        Assert.Equal("x", file.Metadata.GetString("text"));
        Assert.Empty(file.FormatFindings());
        Assert.Equal(edited, GgufFile.EditMetadata(parts[0], edited[1], _ => { }, overwrite: true));
    }

    private static IEnumerable<byte[]> Files()
    {
        yield return SampleModel.Build(nested: true);
        yield return SampleModel.Build(alignment: 128, version: 2);

        // No tensors and no padding; bytes behind the last tensor; a last tensor without padding.
        yield return GgufBytes.Start(0, 1).String("a", "odd").ToArray();
        yield return GgufBytes.Start(1, 0).Tensor("t", 0, 0, 3).Pad().Data(12).ToArray();
        yield return GgufBytes.Start(1, 0).Tensor("t", 0, 0, 3).Pad().Data(77).ToArray();
        yield return GgufBytes.Start(0, 0).ToArray();
    }
}
