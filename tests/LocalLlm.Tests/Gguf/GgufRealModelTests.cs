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
        using TestFolder folder = new();
        string path = folder.File("large.gguf");
        WriteLargeVocabulary(path);
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

    /// <summary>A model of the architecture llama with a vocabulary as Llama 3's, and small layers.</summary>
    private static void WriteLargeVocabulary(string path)
    {
        const int Vocabulary = 128_256;
        using GgufWriter writer = GgufWriter.Create(path);
        string[] tokens = [.. Enumerable.Range(0, Vocabulary).Select(i => $"token{i}")];
        GgufMetadataBuilder metadata = writer.Metadata;
        metadata.SetString("general.architecture", "llama");
        metadata.SetUInt32("llama.block_count", 1);
        metadata.SetUInt32("llama.context_length", 8192);
        metadata.SetUInt32("llama.embedding_length", 32);
        metadata.SetUInt32("llama.feed_forward_length", 64);
        metadata.SetUInt32("llama.attention.head_count", 1);
        metadata.SetUInt32("llama.attention.head_count_kv", 1);
        metadata.SetUInt32("llama.rope.dimension_count", 32);
        metadata.SetFloat32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        metadata.SetString("tokenizer.ggml.model", "gpt2");
        metadata.SetString("tokenizer.ggml.pre", "llama-bpe");
        metadata.SetArray<string>("tokenizer.ggml.tokens", tokens);
        metadata.SetArray<int>("tokenizer.ggml.token_type", [.. Enumerable.Repeat(1, Vocabulary)]);
        metadata.SetArray<string>("tokenizer.ggml.merges", [.. tokens.Concat(tokens).Select(token => $"{token} x")]);
        metadata.SetUInt32("tokenizer.ggml.bos_token_id", 0);
        metadata.SetUInt32("tokenizer.ggml.eos_token_id", 1);
        (string Name, GgmlType Type, long[] Shape)[] tensors =
        [
            ("token_embd.weight", GgmlType.Q8_0, [32, Vocabulary]),
            ("output_norm.weight", GgmlType.F32, [32]),
            ("blk.0.attn_norm.weight", GgmlType.F32, [32]),
            ("blk.0.attn_q.weight", GgmlType.F32, [32, 32]),
            ("blk.0.attn_k.weight", GgmlType.F32, [32, 32]),
            ("blk.0.attn_v.weight", GgmlType.F32, [32, 32]),
            ("blk.0.attn_output.weight", GgmlType.F32, [32, 32]),
            ("blk.0.ffn_norm.weight", GgmlType.F32, [32]),
            ("blk.0.ffn_gate.weight", GgmlType.F32, [32, 64]),
            ("blk.0.ffn_up.weight", GgmlType.F32, [32, 64]),
            ("blk.0.ffn_down.weight", GgmlType.F32, [64, 32]),
        ];
        foreach ((string name, GgmlType type, long[] shape) in tensors)
        {
            writer.AddTensor(name, type, shape);
        }

        foreach ((string name, GgmlType type, long[] shape) in tensors)
        {
            writer.WriteTensor(name, new byte[type.RowSize(shape[0]) * shape[1..].Aggregate(1L, (product, dimension) => product * dimension)]);
        }

        writer.Complete();
    }
}
