namespace LocalLlm.Tests.Gguf;

[Trait("Category", "Model")]
public sealed class GgufRealModelTests
{
    [Fact]
    public void SmolLm_is_described_as_it_is()
    {
        using GgufFile file = GgufFile.Open(TestModels.SmolLm);
        Assert.DoesNotContain(file.Validate(), finding => finding.Severity == GgufSeverity.Refuse);
        GgufSummary summary = file.Summarize();
        Assert.Equal("llama", summary.Architecture);
        Assert.Equal("Q4_1", summary.FileType);
        Assert.Equal(49152, summary.VocabularySize);
        Assert.Equal(8192, summary.ContextLength);
        Assert.Equal(30, summary.BlockCount);
        Assert.Equal(30, summary.Layers.Count(layer => layer.Index is not null));
        Assert.Equal(134_515_008, summary.ParameterCount);
        Assert.Equal(272, summary.TensorCount);
        Assert.True(summary.HasChatTemplate);
        Assert.Equal(file.FileLength, file.Tensors[^1].FileOffset + file.Tensors[^1].ByteLength);
        Assert.Equal(49152, file.Metadata.GetArray<string>("tokenizer.ggml.tokens").Length);
    }

    [Fact]
    public void MiniLm_and_the_guide_model_open_without_a_refusal()
    {
        using GgufFile embedder = GgufFile.Open(TestModels.MiniLm);
        Assert.DoesNotContain(embedder.Validate(), finding => finding.Severity == GgufSeverity.Refuse);
        Assert.Equal("bert", embedder.Architecture);
        Assert.Equal("Q8_0", embedder.Summarize().FileType);
        using GgufFile guide = GgufFile.Open(TestModels.Guide);
        Assert.DoesNotContain(guide.Validate(), finding => finding.Severity == GgufSeverity.Refuse);
        Assert.Equal("F16", guide.Summarize().FileType);
        Assert.True(guide.Summarize().HasChatTemplate);
    }

    [Fact]
    public void Real_models_are_written_as_they_were_read()
    {
        foreach (string path in (string[])[TestModels.SmolLm, TestModels.MiniLm, TestModels.Guide])
        {
            byte[] bytes = File.ReadAllBytes(path);
            Assert.True(bytes.AsSpan().SequenceEqual(GgufWriterTests.Rewrite(bytes)), path);
        }
    }

    [Fact]
    public void A_real_model_is_copied_by_an_edit_without_changes()
    {
        using TestFolder folder = new();
        string copy = folder.File("copy.gguf");
        GgufFile.EditMetadata(TestModels.MiniLm, copy, _ => { });
        Assert.True(File.ReadAllBytes(TestModels.MiniLm).AsSpan().SequenceEqual(File.ReadAllBytes(copy)));
    }

    [Fact]
    public void A_real_model_is_split_and_merged_to_the_same_bytes()
    {
        using TestFolder folder = new();
        string path = TestModels.Guide;
        IReadOnlyList<string> parts = GgufSplitter.Split(path, folder.File("guide"), new GgufSplitOptions { MaxBytes = 3_000_000 });
        Assert.InRange(parts.Count, 4, 6);
        using (GgufFile file = GgufFile.Open(parts[1]))
        {
            Assert.DoesNotContain(file.Validate(), finding => finding.Severity == GgufSeverity.Refuse);
        }

        GgufSplitter.Merge(parts[0], folder.File("merged.gguf"));
        Assert.True(File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(folder.File("merged.gguf"))));
    }

    [Fact]
    public void Vocabulary_files_open_and_are_refused_because_they_have_no_tensors()
    {
        string[] paths = TestModels.Vocabularies();
        Assert.Equal(19, paths.Length);
        foreach (string path in paths)
        {
            using GgufFile file = GgufFile.Open(path);
            Assert.NotEmpty(file.Metadata.GetArray<string>("tokenizer.ggml.tokens"));
            GgufFinding finding = Assert.Single(file.Validate(), finding => finding.Severity == GgufSeverity.Refuse);
            Assert.Equal("no-tensors", finding.Code);
            GgufFormatException e = Assert.Throws<GgufFormatException>(file.ThrowIfRefused);
            Assert.Contains("no tensors", e.Message, StringComparison.Ordinal);
            Assert.All(file.Metadata.Keys, key => Assert.NotNull(file.Metadata.GetValue(key)));
            byte[] bytes = File.ReadAllBytes(path);
            Assert.True(bytes.AsSpan().SequenceEqual(GgufWriterTests.Rewrite(bytes)), path);
        }
    }

    [Fact]
    public void Opening_and_validating_a_vocabulary_of_128_thousand_allocates_less_than_a_mebibyte()
    {
        byte[] bytes = LargeVocabulary();
        using TestFolder folder = new();
        string path = folder.Write("large.gguf", bytes);
        Open(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Open(path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);

        static void Open(string path)
        {
            using GgufFile file = GgufFile.Open(path);
            Assert.DoesNotContain(file.Validate(), finding => finding.Severity == GgufSeverity.Refuse);
        }
    }

    private static byte[] LargeVocabulary()
    {
        MemoryStream stream = new();
        using GgufWriter writer = GgufWriter.Create(stream);
        string[] tokens = [.. Enumerable.Range(0, 128_256).Select(i => $"token{i}")];
        writer.Metadata.SetArray<string>("tokenizer.ggml.tokens", tokens);
        writer.Metadata.SetArray<string>("tokenizer.ggml.merges", [.. tokens.Concat(tokens).Select(token => $"{token} x")]);
        writer.Metadata.SetArray<int>("tokenizer.ggml.token_type", new int[tokens.Length]);
        for (int i = 0; i < 291; i++)
        {
            writer.AddTensor($"blk.{i / 9}.tensor{i % 9}.weight", GgmlType.F32, 8);
        }

        for (int i = 0; i < 291; i++)
        {
            writer.WriteTensor($"blk.{i / 9}.tensor{i % 9}.weight", new byte[32]);
        }

        writer.Complete();
        return stream.ToArray();
    }
}
