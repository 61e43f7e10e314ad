namespace LocalLlm.Tests.Gguf;

public sealed class GgufSummaryTests
{
    [Fact]
    public void Sizes_are_added_up_by_layer_and_by_type()
    {
        using GgufFile file = SampleModel.Open(Build(metadata =>
        {
            metadata.SetString("general.name", "Sample");
            metadata.SetUInt32("general.file_type", 15);
            metadata.SetUInt32("sample.context_length", 4096);
            metadata.SetUInt32("sample.block_count", 2);
            metadata.SetString("tokenizer.chat_template", "{{ x }}");
            metadata.SetArray<string>("tokenizer.ggml.tokens", ["a", "b"]);
        }));
        GgufSummary summary = file.Summarize();
        Assert.Equal("sample", summary.Architecture);
        Assert.Equal("Sample", summary.Name);
        Assert.Equal("Q4_K - Medium", summary.FileType);
        Assert.True(summary.HasChatTemplate);
        Assert.Equal(2, summary.VocabularySize);
        Assert.Equal(4096, summary.ContextLength);
        Assert.Equal(2, summary.BlockCount);
        Assert.Equal(5, summary.TensorCount);
        Assert.Equal((256 * 4) + (32 * 2) + (32 * 2) + 8 + 8, summary.ParameterCount);
        Assert.Equal((144 * 4) + (34 * 2) + (34 * 2) + 32 + 32, summary.TensorBytes);
        Assert.Equal(summary.TensorBytes * 8.0 / summary.ParameterCount, summary.BitsPerParameter);
        Assert.Equal(
            [
                new GgufLayerSize("token_embd", null, 1, 1024, 576),
                new GgufLayerSize("blk.0", 0, 2, 72, 100),
                new GgufLayerSize("blk.10", 10, 1, 64, 68),
                new GgufLayerSize("output_norm", null, 1, 8, 32),
            ],
            summary.Layers);
        Assert.Equal(
            [
                new GgufTypeSize(GgmlType.Q4_K, 1, 1024, 576),
                new GgufTypeSize(GgmlType.Q8_0, 2, 128, 136),
                new GgufTypeSize(GgmlType.F32, 2, 16, 64),
            ],
            summary.Types);
    }

    [Fact]
    public void What_the_file_does_not_say_is_null()
    {
        using GgufFile file = SampleModel.Open(GgufBytes.Start(0, 0).ToArray());
        GgufSummary summary = file.Summarize();
        Assert.Null(summary.Architecture);
        Assert.Null(summary.Name);
        Assert.Null(summary.VocabularySize);
        Assert.Null(summary.ContextLength);
        Assert.Null(summary.BlockCount);
        Assert.False(summary.HasChatTemplate);
        Assert.Equal("none", summary.FileType);
        Assert.Equal(0, summary.BitsPerParameter);
    }

    [Theory]
    [InlineData(0u, "all F32")]
    [InlineData(1u, "F16")]
    [InlineData(7u, "Q8_0")]
    [InlineData(17u, "Q5_K - Medium")]
    [InlineData(38u, "MXFP4 MoE")]
    [InlineData(5u, "unknown (5)")]
    public void File_types_have_llama_cpps_names(uint fileType, string name)
    {
        using GgufFile file = SampleModel.Open(GgufBytes.Start(0, 1).UInt32("general.file_type", fileType).ToArray());
        Assert.Equal(name, file.Summarize().FileType);
    }

    [Fact]
    public void A_missing_file_type_is_guessed_from_the_most_frequent_type()
    {
        using GgufFile file = SampleModel.Open(Build(_ => { }));
        Assert.Equal("(guessed) Q8_0", file.Summarize().FileType);
    }

    [Theory]
    [InlineData("blk.3.attn_q.weight", "blk.3", 3)]
    [InlineData("v.blk.12.ln1.bias", "v.blk.12", 12)]
    [InlineData("blk.x.weight", "blk.x", null)]
    [InlineData("blk.3", "blk.3", null)]
    [InlineData("output.weight", "output", null)]
    [InlineData("rope_freqs", "rope_freqs", null)]
    [InlineData("a.b.c", "a.b.c", null)]
    [InlineData(".weight", ".weight", null)]
    public void Layers_are_told_from_names(string tensor, string name, int? index) =>
        Assert.Equal(new LocalLlm.Gguf.LayerName(name, index), LocalLlm.Gguf.LayerName.Of(tensor));

    [Fact]
    public void Sums_of_a_damaged_file_do_not_overflow()
    {
        byte[] bytes = GgufBytes.Start(3, 0)
            .Tensor("a", 0, 0, 1L << 60).Tensor("b", 0, 0, 1L << 60).Tensor("c", 0, 0, -5).Pad().Data(32).ToArray();
        using GgufFile file = SampleModel.Open(bytes);
        GgufSummary summary = file.Summarize();
        Assert.Equal(1L << 61, summary.ParameterCount);
        Assert.Equal(long.MaxValue, summary.TensorBytes);
    }

    private static byte[] Build(Action<GgufMetadataBuilder> set)
    {
        MemoryStream stream = new();
        using GgufWriter writer = GgufWriter.Create(stream);
        writer.Metadata.SetString("general.architecture", "sample");
        set(writer.Metadata);
        (string Name, GgmlType Type, long[] Shape)[] tensors =
        [
            ("token_embd.weight", GgmlType.Q4_K, [256, 4]),
            ("blk.0.attn_q.weight", GgmlType.Q8_0, [32, 2]),
            ("blk.0.attn_norm.weight", GgmlType.F32, [8]),
            ("blk.10.attn_q.weight", GgmlType.Q8_0, [32, 2]),
            ("output_norm.weight", GgmlType.F32, [8]),
        ];
        foreach ((string name, GgmlType type, long[] shape) in tensors)
        {
            writer.AddTensor(name, type, shape);
        }

        foreach ((string name, GgmlType type, long[] shape) in tensors)
        {
            writer.WriteTensor(name, new byte[shape.Aggregate(1L, (a, b) => a * b) / type.BlockSize() * type.TypeSize()]);
        }

        writer.Complete();
        return stream.ToArray();
    }
}
