
namespace LocalLlm.Tests.Gguf;

public sealed class GgufFileTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Versions_2_and_3_open(int version)
    {
        using GgufFile file = SampleModel.Open(SampleModel.Build(version: version));
        Assert.Equal(version, file.Parts[0].Version);
        Assert.Equal(SampleModel.Tensors.Length, file.Tensors.Count);
        Assert.Empty(file.FormatFindings());
    }

    [Fact]
    public void Tensors_have_name_shape_type_offset_and_size()
    {
        using GgufFile file = SampleModel.Open(SampleModel.Build());
        long offset = 0;
        for (int i = 0; i < SampleModel.Tensors.Length; i++)
        {
            (string name, GgmlType type, long[] shape) = SampleModel.Tensors[i];
            GgufTensorInfo tensor = file.Tensors[i];
            Assert.Equal(name, tensor.Name);
            Assert.Equal(type, tensor.Type);
            Assert.Equal(shape, tensor.Shape);
            Assert.Equal(SampleModel.Data(name).Length, tensor.ByteLength);
            Assert.Equal(offset, tensor.Offset);
            Assert.Equal(file.Parts[0].DataOffset + offset, tensor.FileOffset);
            Assert.Equal(0, tensor.PartIndex);
            offset = (offset + tensor.ByteLength + 31) / 32 * 32;
            Assert.True(file.TryGetTensor(name, out GgufTensorInfo? found));
            Assert.Same(tensor, found);
        }

        Assert.False(file.TryGetTensor("no.such", out _));
        Assert.Equal(1, file.Tensors[1].Dimension(3));
        Assert.Equal(64, file.Tensors[1].Dimension(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Tensors[1].Dimension(4));
    }

    [Fact]
    public void A_file_on_disk_opens_both_ways()
    {
        using TestFolder folder = new();
        byte[] bytes = SampleModel.Build();
        string path = folder.Write("zwölf 🦙.gguf", bytes);
        using GgufFile file = GgufFile.Open(path);
        Assert.Equal(path, file.Location);
        Assert.Equal(bytes.Length, file.FileLength);
        Assert.Null(file.Parts[0].ETag);
    }

    [Fact]
    public async Task A_file_on_disk_opens_asynchronously()
    {
        using TestFolder folder = new();
        string path = folder.Write("model.gguf", SampleModel.Build());
        using GgufFile file = await GgufFile.OpenAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(SampleModel.Tensors.Length, file.Tensors.Count);
        Assert.Empty(file.FormatFindings());
    }

    [Fact]
    public async Task Opening_is_cancelled()
    {
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => GgufFile.OpenAsync("x.gguf", cancelled.Token));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using TestFolder folder = new();
        string path = folder.File("no.gguf");
        ModelNotFoundException e = Assert.Throws<ModelNotFoundException>(() => GgufFile.Open(path));
        Assert.Equal(path, e.Path);
        Assert.Throws<ModelNotFoundException>(() => GgufFile.Open(folder.File("no/such/folder.gguf")));
        Assert.Throws<ArgumentException>(() => GgufFile.Open(""));
    }

    [Theory]
    [InlineData(1u, "version 1")]
    [InlineData(0u, "version 0")]
    [InlineData(4u, "version 4")]
    [InlineData(0x03000000u, "big-endian")]
    [InlineData(0x02000000u, "big-endian")]
    public void Other_versions_are_a_clear_error(uint version, string expected)
    {
        byte[] bytes = GgufBytes.Start(0, 0, version).ToArray();
        GgufFormatException e = Assert.Throws<GgufFormatException>(() => SampleModel.Open(bytes));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Equal(4, e.Offset);
        Assert.Equal("version", e.Field);
    }

    [Fact]
    public void Other_files_are_a_clear_error()
    {
        GgufFormatException e = Assert.Throws<GgufFormatException>(() => SampleModel.Open("PK\u0003\u0004 something"u8.ToArray()));
        Assert.Contains("not a GGUF file", e.Message, StringComparison.Ordinal);
        Assert.Contains("504B0304", e.Message, StringComparison.Ordinal);
        Assert.Equal("magic", e.Field);
        Assert.Throws<GgufFormatException>(() => SampleModel.Open([]));
        Assert.Throws<GgufFormatException>(() => SampleModel.Open("GGU"u8.ToArray()));
    }

    [Fact]
    public void A_header_cut_anywhere_is_a_clear_error()
    {
        byte[] bytes = SampleModel.Build(nested: true);
        using GgufFile whole = SampleModel.Open(bytes);
        for (int length = 0; length < whole.Parts[0].HeaderLength; length++)
        {
            GgufFormatException e = Assert.Throws<GgufFormatException>(() => SampleModel.Open(bytes[..length]));
            Assert.NotNull(e.Field);
            Assert.InRange(e.Offset!.Value, 0, bytes.Length);
        }
    }

    [Fact]
    public void Counts_and_lengths_beyond_the_file_are_refused_before_anything_is_allocated()
    {
        byte[][] files =
        [
            GgufBytes.Start(ulong.MaxValue, 0).ToArray(),
            GgufBytes.Start(0, ulong.MaxValue).ToArray(),
            GgufBytes.Start(1, 1000000).ToArray(),
            GgufBytes.Start(0, 1).U64(ulong.MaxValue).Pad(64).ToArray(),
            GgufBytes.Start(0, 1).U64(65536).Pad(64).ToArray(),
            GgufBytes.Start(0, 1).Key("k", GgufValueType.String).U64(long.MaxValue).ToArray(),
            GgufBytes.Start(0, 1).Key("k", GgufValueType.String).U64(ulong.MaxValue - 7).ToArray(),
            GgufBytes.Start(0, 1).ArrayStart("k", GgufValueType.UInt8, ulong.MaxValue).ToArray(),
            GgufBytes.Start(0, 1).ArrayStart("k", GgufValueType.UInt64, 0x2000000000000001).ToArray(),
            GgufBytes.Start(0, 1).ArrayStart("k", GgufValueType.String, 1UL << 40).ToArray(),
            GgufBytes.Start(0, 1).ArrayStart("k", GgufValueType.String, 2).U64(1).U8(65).U64(ulong.MaxValue).ToArray(),
            GgufBytes.Start(0, 1).ArrayStart("k", GgufValueType.Array, 1UL << 40).ToArray(),
            GgufBytes.Start(1, 0).Text("t").U32(uint.MaxValue).ToArray(),
        ];
        foreach (byte[] file in files)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<GgufFormatException>(() => SampleModel.Open(file));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        }
    }

    [Fact]
    public void A_huge_file_can_not_claim_a_huge_header()
    {
        // A sparse file of a tebibyte: its size allows the claims, the header's limit does not.
        byte[] tokens = GgufBytes.Start(0, 1).ArrayStart("k", GgufValueType.String, 1UL << 30).ToArray();
        byte[] numbers = GgufBytes.Start(0, 1).ArrayStart("k", GgufValueType.UInt64, 1UL << 30).ToArray();
        byte[] text = GgufBytes.Start(0, 1).Key("k", GgufValueType.String).U64(1UL << 30).ToArray();
        foreach (byte[] bytes in (byte[][])[tokens, numbers, text])
        {
            GgufFormatException e = Assert.Throws<GgufFormatException>(() => GgufFile.Open(new MemorySource(bytes, 1L << 40)));
            Assert.Contains("limit", e.Message, StringComparison.Ordinal);
            Assert.Equal("k", e.Field);
        }
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public void Arrays_nest_up_to_a_limit(int depth, bool opens)
    {
        GgufBytes bytes = GgufBytes.Start(0, 1).Key("k", GgufValueType.Array);
        for (int i = 1; i < depth; i++)
        {
            bytes.U32((uint)GgufValueType.Array).U64(1);
        }

        byte[] file = bytes.U32((uint)GgufValueType.UInt8).U64(1).U8(42).ToArray();
        if (opens)
        {
            using GgufFile opened = SampleModel.Open(file);
            object value = opened.Metadata.GetValue("k");
            for (int i = 1; i < depth; i++)
            {
                value = Assert.IsType<object[]>(value)[0];
            }

            Assert.Equal(new byte[] { 42 }, value);
            return;
        }

        Assert.Contains("nests", Assert.Throws<GgufFormatException>(() => SampleModel.Open(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Value_types_that_do_not_exist_are_refused()
    {
        Assert.Throws<GgufFormatException>(() => SampleModel.Open(GgufBytes.Start(0, 1).Key("k", (GgufValueType)13).U64(0).ToArray()));
        Assert.Throws<GgufFormatException>(() => SampleModel.Open(GgufBytes.Start(0, 1).ArrayStart("k", (GgufValueType)99, 1).U64(0).ToArray()));
    }

    [Fact]
    public void More_than_four_dimensions_are_refused()
    {
        byte[] bytes = GgufBytes.Start(1, 0).Tensor("t", 0, 0, 1, 1, 1, 1, 1).Pad().Data(32).ToArray();
        Assert.Equal("t", Assert.Throws<GgufFormatException>(() => SampleModel.Open(bytes)).Field);
    }

    [Fact]
    public void Every_member_throws_after_dispose_and_dispose_may_be_repeated()
    {
        GgufFile file = SampleModel.Open(SampleModel.Build());
        GgufTensorInfo tensor = file.Tensors[0];
        GgufSummary summary = file.Summarize();
        file.Dispose();
        file.Dispose();
        Action[] members =
        [
            () => _ = file.Location,
            () => _ = file.Parts,
            () => _ = file.FileLength,
            () => _ = file.Metadata,
            () => _ = file.Architecture,
            () => _ = file.Tensors,
            () => file.TryGetTensor("scalar", out _),
            () => file.Validate(),
            () => file.Summarize(),
            () => file.CopyTensor("scalar", 0, new byte[2]),
            () => file.CopyTensorAsync("scalar", 0, new byte[2], CancellationToken.None),
            () => file.OpenTensorStream("scalar"),
        ];
        Assert.All(members, member => Assert.Throws<ObjectDisposedException>(member));
        Assert.Equal("token_embd.weight", tensor.Name);
        Assert.Equal(6, summary.TensorCount);
    }

    [Fact]
    public async Task Dispose_is_safe_against_running_reads()
    {
        using TestFolder folder = new();
        string path = folder.Write("model.gguf", SampleModel.Build());
        for (int round = 0; round < 100; round++)
        {
            GgufFile file = GgufFile.Open(path);
            using ManualResetEventSlim started = new();
            Task[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => ReadUntilDisposed(file, started)))];
            started.Wait(TestContext.Current.CancellationToken);
            file.Dispose();
            await Task.WhenAll(readers);
        }
    }

    [Fact]
    public void The_length_of_a_string_may_end_at_any_chunk_border()
    {
        // Every length of the padding moves every later field over the borders of the reads.
        for (int padding = 4000; padding < 4110; padding++)
        {
            byte[] bytes = GgufBytes.Start(1, 3)
                .String("pad", new string('x', padding))
                .ArrayStart("tokens", GgufValueType.String, 3).Text("a").Text("bb").Text("ccc")
                .UInt32("end", 7)
                .Tensor("t", 0, 0, 8)
                .Pad().Data(32).ToArray();
            using GgufFile file = SampleModel.Open(bytes);
            Assert.Equal(["a", "bb", "ccc"], file.Metadata.GetArray<string>("tokens"));
            Assert.Equal(7u, file.Metadata.GetUInt32("end"));
            Assert.Empty(file.FormatFindings());
        }
    }

    private static void ReadUntilDisposed(GgufFile file, ManualResetEventSlim started)
    {
        byte[] expected = SampleModel.Data("token_embd.weight");
        byte[] data = new byte[expected.Length];
        try
        {
            while (true)
            {
                Assert.Equal("héllo 🦙", file.Metadata.GetString("text"));
                file.CopyTensor("token_embd.weight", 0, data);
                Assert.Equal(expected, data);
                started.Set();
            }
        }
        catch (ObjectDisposedException)
        {
            started.Set();
        }
    }
}
