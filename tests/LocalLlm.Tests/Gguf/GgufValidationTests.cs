namespace LocalLlm.Tests.Gguf;

public sealed class GgufValidationTests
{
    private const uint F32 = 0;

    public static TheoryData<string, string, byte[]> Refused => new()
    {
        { "duplicate-key", "a", File(GgufBytes.Start(1, 2).UInt32("a", 1).UInt32("a", 2)) },
        { "empty-key", "metadata key", File(GgufBytes.Start(1, 1).UInt32("", 1)) },
        { "zero-in-key", "a\0b", File(GgufBytes.Start(1, 1).UInt32("a\0b", 1)) },
        { "nested-array", "n", File(GgufBytes.Start(1, 1).ArrayStart("n", GgufValueType.Array, 0)) },
        { "alignment-type", "general.alignment", File(GgufBytes.Start(1, 1).Key("general.alignment", GgufValueType.UInt64).U64(32)) },
        { "alignment-value", "general.alignment", File(GgufBytes.Start(1, 1).UInt32("general.alignment", 0)) },
        { "alignment-value", "general.alignment", File(GgufBytes.Start(1, 1).UInt32("general.alignment", 48)) },
        { "duplicate-tensor", "t", GgufBytes.Start(2, 0).Tensor("t", F32, 0, 8).Tensor("t", F32, 32, 8).Pad().Data(64).ToArray() },
        { "empty-tensor-name", "tensor name", Tensors(("", F32, 0, [8])) },
        { "tensor-name-too-long", new string('n', 64), Tensors((new string('n', 64), F32, 0, [8])) },
        { "zero-in-tensor-name", "a\0", Tensors(("a\0", F32, 0, [8])) },
        { "tensor-name-not-utf8", "\uFFFD", GgufBytes.Start(1, 0).U64(1).U8(0xC3).U32(1).U64(8).U32(F32).U64(0).Pad().Data(32).ToArray() },
        { "negative-dimension", "t", Tensors(("t", F32, 0, [-8])) },
        { "too-many-elements", "t", Tensors(("t", F32, 0, [1L << 32, 1L << 32])) },
        { "too-many-elements", "t", Tensors(("t", F32, 0, [0, long.MaxValue, long.MaxValue, 4])) },
        { "too-many-elements", "t", Tensors(("t", F32, 0, [long.MaxValue])) },
        { "too-many-bytes", "t", Tensors(("t", F32, 0, [1L << 61])) },
        { "empty-tensor", "t", Tensors(("t", F32, 0, [8, 0])) },
        { "unknown-tensor-type", "t", Tensors(("t", 43, 0, [8])) },
        { "unknown-tensor-type", "t", Tensors(("t", 4, 0, [32])) },
        { "unknown-tensor-type", "t", Tensors(("t", uint.MaxValue, 0, [32])) },
        { "row-not-in-blocks", "t", Tensors(("t", 12, 0, [255])) },
        { "row-not-in-blocks", "t", Tensors(("t", 8, 0, [])) },
        { "tensor-not-aligned", "b", Tensors(("a", F32, 0, [8]), ("b", F32, 40, [8])) },
        { "tensors-overlap", "b", Tensors(("a", F32, 0, [16]), ("b", F32, 32, [8])) },
        { "tensors-overlap", "b", Tensors(("a", F32, 0, [8]), ("b", F32, 0, [8])) },
        { "gap-before-tensor", "b", Tensors(("a", F32, 0, [8]), ("b", F32, 64, [8])) },
        { "gap-before-tensor", "a", Tensors(("a", F32, 32, [8])) },
        { "tensor-outside-file", "t", Tensors(("t", F32, 0, [1 << 20])) },
        { "tensor-outside-file", "t", Tensors(("t", F32, ulong.MaxValue - 31, [8])) },
        { "no-data", "tensor data", GgufBytes.Start(1, 0).Tensor("t", F32, 0, 8).ToArray() },
        { "no-tensors", "tensor count", GgufBytes.Start(0, 1).UInt32("a", 1).ToArray() },
        { "split-key-type", "split.count", File(GgufBytes.Start(1, 1).UInt32("split.count", 1)) },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Damage_is_refused_with_its_field(string code, string field, byte[] bytes)
    {
        using GgufFile file = SampleModel.Open(bytes);
        GgufFinding finding = Assert.Single(file.Validate(), finding => finding.Code == code);
        Assert.Equal(GgufSeverity.Refuse, finding.Severity);
        Assert.Equal(field, finding.Field);
        Assert.InRange(finding.Offset ?? 0, 0, bytes.Length);
        Assert.Contains(field, finding.ToString(), StringComparison.Ordinal);
        GgufFormatException e = Assert.Throws<GgufFormatException>(file.ThrowIfRefused);
        Assert.NotNull(e.Field);
    }

    [Fact]
    public void A_tensor_that_ggml_could_not_map_is_refused()
    {
        // With an alignment of 8 llama.cpp's reader is content, and ggml_backend_cpu_buffer_from_ptr ends the process.
        byte[] bytes = GgufBytes.Start(1, 1).UInt32("general.alignment", 8).Tensor("a.tensor.", F32, 0, 8).Pad(8).Data(32).ToArray();
        using GgufFile file = SampleModel.Open(bytes);
        Assert.NotEqual(0, file.Tensors[0].FileOffset % 32);
        Assert.Equal("tensor-not-mappable", Assert.Single(file.Validate()).Code);
    }

    [Fact]
    public void A_larger_alignment_is_fine()
    {
        using GgufFile file = SampleModel.Open(SampleModel.Build(alignment: 4096));
        Assert.Equal(4096, file.Parts[0].Alignment);
        Assert.Equal(0, file.Parts[0].DataOffset % 4096);
        Assert.Empty(file.FormatFindings());
    }

    [Fact]
    public void Oddities_are_warned_about()
    {
        byte[] bytes = GgufBytes.Start(1, 2)
            .Key("b", GgufValueType.Boolean).U8(2)
            .U64(1).U8(0xFF).U32((uint)GgufValueType.UInt8).U8(1)
            .Tensor("t", F32, 0, 8).Pad().Data(32).Data(100).ToArray();
        using GgufFile file = SampleModel.Open(bytes);
        Assert.Equal(["key-not-utf8", "odd-boolean", "trailing-bytes"], file.FormatFindings().Select(finding => finding.Code).Order(StringComparer.Ordinal));
        Assert.All(file.FormatFindings(), finding => Assert.Equal(GgufSeverity.Warn, finding.Severity));
        file.ThrowIfDamaged();
    }

    [Fact]
    public void A_last_tensor_without_padding_is_fine()
    {
        byte[] bytes = GgufBytes.Start(1, 0).Tensor("t", F32, 0, 3).Pad().Data(12).ToArray();
        using GgufFile file = SampleModel.Open(bytes);
        Assert.Empty(file.FormatFindings());
    }

    [Fact]
    public void A_finding_names_the_byte()
    {
        byte[] bytes = GgufBytes.Start(2, 0).Tensor("a", F32, 0, 8).Tensor("b", F32, 40, 8).Pad().Data(96).ToArray();
        using GgufFile file = SampleModel.Open(bytes);
        GgufFinding finding = Assert.Single(file.Validate());
        Assert.Equal(40, BitConverter.ToInt64(bytes, (int)finding.Offset!.Value));
    }

    [Fact]
    public void Findings_are_computed_once_and_refusals_come_first()
    {
        byte[] bytes = GgufBytes.Start(1, 2)
            .Key("b", GgufValueType.Boolean).U8(2)
            .ArrayStart("n", GgufValueType.Array, 0)
            .Tensor("t", F32, 0, 8).Pad().Data(32).ToArray();
        using GgufFile file = SampleModel.Open(bytes);
        Assert.Equal(GgufSeverity.Refuse, file.Validate()[0].Severity);
        Assert.Same(file.Validate()[0], file.Validate()[0]);
    }

    [Fact]
    public void A_hostile_file_can_not_cause_endless_findings()
    {
        const int Count = 20_000;
        GgufBytes bytes = GgufBytes.Start(Count, Count);
        for (int i = 0; i < Count; i++)
        {
            bytes.Key("b", GgufValueType.Boolean).U8(9);
        }

        for (int i = 0; i < Count; i++)
        {
            bytes.Tensor("t", 99, 1, -1);
        }

        using GgufFile file = SampleModel.Open(bytes.Pad().ToArray());
        Assert.InRange(file.Validate().Count, 50, 150);
        Assert.Contains(file.Validate(), finding => finding.Severity == GgufSeverity.Refuse);
    }

    private static byte[] File(GgufBytes start) => start.Tensor("t", F32, 0, 8).Pad().Data(32).ToArray();

    private static byte[] Tensors(params (string Name, uint Type, ulong Offset, long[] Shape)[] tensors)
    {
        GgufBytes bytes = GgufBytes.Start((ulong)tensors.Length, 0);
        foreach ((string name, uint type, ulong offset, long[] shape) in tensors)
        {
            bytes.Tensor(name, type, offset, shape);
        }

        return bytes.Pad().Data(128).ToArray();
    }
}
