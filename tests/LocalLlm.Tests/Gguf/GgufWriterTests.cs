namespace LocalLlm.Tests.Gguf;

public sealed class GgufWriterTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, 2)]
    [InlineData(null, 3)]
    [InlineData(64u, 3)]
    [InlineData(4096u, 3)]
    public void Reading_and_writing_gives_the_same_bytes(uint? alignment, int version)
    {
        byte[] bytes = SampleModel.Build(alignment, nested: true, version);
        Assert.Equal(bytes, Rewrite(bytes));
    }

    [Fact]
    public void Odd_but_legal_files_are_written_as_they_were()
    {
        // Alignment behind other keys, version 2, values that no setter writes, an unpadded header without tensors.
        byte[] odd = GgufBytes.Start(1, 5, version: 2)
            .Key("b", GgufValueType.Boolean).U8(77)
            .U64(2).U8(0xFF).U8(0xFE).U32((uint)GgufValueType.UInt8).U8(1)
            .UInt32("general.alignment", 64)
            .Key("text", GgufValueType.String).U64(1).U8(0xC0)
            .String("general.architecture", "last")
            .Tensor("t", 0, 0, 2, 1, 1).Pad(64).Data(8).Pad(64).ToArray();
        Assert.Equal(odd, Rewrite(odd));
        byte[] vocabulary = GgufBytes.Start(0, 1).String("a", "odd length").ToArray();
        Assert.Equal(vocabulary, Rewrite(vocabulary));
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        MemoryStream stream = new();
        using (GgufWriter writer = GgufWriter.Create(stream))
        {
            writer.Metadata.SetUInt32("answer", 42);
            writer.AddTensor("t", GgmlType.F32, 2, 1);
            writer.WriteTensor("t", new byte[] { 0, 0, 128, 63, 0, 0, 0, 64 });
            Assert.Empty(writer.Complete());
        }

        byte[] expected = GgufBytes.Start(1, 1).UInt32("answer", 42).Tensor("t", 0, 0, 2, 1).Pad()
            .Raw([0, 0, 128, 63, 0, 0, 0, 64]).Pad().ToArray();
        Assert.Equal(expected, stream.ToArray());
    }

    [Fact]
    public async Task Tensors_are_written_in_pieces_and_from_streams()
    {
        MemoryStream stream = new();
        using (GgufWriter writer = GgufWriter.Create(stream))
        {
            SampleModel.SetMetadata(writer.Metadata);
            foreach ((string name, GgmlType type, long[] shape) in SampleModel.Tensors)
            {
                writer.AddTensor(name, type, shape);
            }

            for (int i = 0; i < SampleModel.Tensors.Length; i++)
            {
                string name = SampleModel.Tensors[i].Name;
                byte[] data = SampleModel.Data(name);
                writer.WriteTensor(name, data.AsSpan(0, 1));
                writer.WriteTensor(name, []);
                using MemoryStream rest = new([.. data[1..], 1, 2, 3]);
                if (i % 2 == 0)
                {
                    await writer.WriteTensorAsync(name, rest, Cancellation);
                }
                else
                {
                    writer.WriteTensor(name, rest);
                }

                Assert.Equal(data.Length - 1, rest.Position);
            }

            writer.Complete();
        }

        Assert.Equal(SampleModel.Build(), stream.ToArray());
    }

    [Fact]
    public void Setting_a_key_again_keeps_its_place_and_removing_closes_the_gap()
    {
        MemoryStream stream = new();
        using (GgufWriter writer = GgufWriter.Create(stream))
        {
            writer.Metadata.SetUInt32("a", 1);
            writer.Metadata.SetUInt32("b", 2);
            writer.Metadata.SetUInt32("c", 3);
            writer.Metadata.SetString("a", "now a text");
            Assert.True(writer.Metadata.Remove("b"));
            Assert.False(writer.Metadata.Remove("b"));
            writer.Metadata.SetUInt32("c", 4);
            writer.Metadata.SetUInt32("b", 5);
            Assert.Equal(["a", "c", "b"], writer.Metadata.Keys);
            Assert.True(writer.Metadata.ContainsKey("b"));
            writer.Complete();
            Assert.Throws<InvalidOperationException>(() => writer.Metadata.SetUInt32("d", 1));
            Assert.Throws<InvalidOperationException>(() => writer.Metadata.Remove("a"));
        }

        using GgufFile file = SampleModel.Open(stream.ToArray());
        Assert.Equal(["a", "c", "b"], file.Metadata.Keys);
        Assert.Equal("now a text", file.Metadata.GetString("a"));
        Assert.Equal(5u, file.Metadata.GetUInt32("b"));
    }

    [Fact]
    public void Wrong_keys_and_values_are_wrong_arguments()
    {
        using GgufWriter writer = GgufWriter.Create(new MemoryStream());
        GgufMetadataBuilder metadata = writer.Metadata;
        Assert.Throws<ArgumentException>(() => metadata.SetUInt32("", 1));
        Assert.Throws<ArgumentException>(() => metadata.SetUInt32("a\0", 1));
        Assert.Throws<ArgumentException>(() => metadata.SetUInt32(new string('k', 65536), 1));
        Assert.ThrowsAny<ArgumentException>(() => metadata.SetString("k", "\uD800"));
        Assert.Throws<ArgumentNullException>(() => metadata.SetString("k", null!));
        Assert.Throws<ArgumentException>(() => metadata.SetArray<string>("k", ["a", null!]));
        Assert.Throws<NotSupportedException>(() => metadata.SetArray<decimal>("k", [1m]));
        Assert.Throws<ArgumentException>(() => metadata.SetValue("k", 1m));
        Assert.Throws<ArgumentException>(() => metadata.SetValue("k", new object[] { 1 }));
        Assert.Throws<ArgumentException>(() => metadata.SetUInt64("general.alignment", 32));
        Assert.Throws<ArgumentException>(() => metadata.SetUInt32("general.alignment", 0));
        Assert.Throws<ArgumentException>(() => metadata.SetUInt32("general.alignment", 33));
        Assert.Throws<ArgumentException>(() => metadata.SetUInt32("general.alignment", 16));
        Assert.Equal(0, metadata.Count);
    }

    [Fact]
    public void Tensors_that_llama_cpp_would_not_read_are_wrong_arguments()
    {
        using GgufWriter writer = GgufWriter.Create(new MemoryStream());
        Assert.Throws<ArgumentException>(() => writer.AddTensor("", GgmlType.F32, 1));
        Assert.Throws<ArgumentException>(() => writer.AddTensor(new string('n', 64), GgmlType.F32, 1));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("a\0", GgmlType.F32, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.AddTensor("t", (GgmlType)77, 1));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("t", GgmlType.F32, 0));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("t", GgmlType.F32, -1));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("t", GgmlType.F32, 1, 1, 1, 1, 1));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("t", GgmlType.Q4_K, 128));
        Assert.Throws<ArgumentException>(() => writer.AddTensor("t", GgmlType.F32, long.MaxValue, 2));
        writer.AddTensor("t", GgmlType.F32, 1);
        Assert.Throws<ArgumentException>(() => writer.AddTensor("t", GgmlType.F32, 1));
    }

    [Fact]
    public void Data_come_in_order_and_in_full()
    {
        using GgufWriter writer = GgufWriter.Create(new MemoryStream());
        writer.AddTensor("a", GgmlType.F32, 2);
        writer.AddTensor("b", GgmlType.F32, 2);
        Assert.Throws<InvalidOperationException>(() => writer.WriteTensor("b", new byte[8]));
        Assert.Throws<ArgumentException>(() => writer.WriteTensor("a", new byte[9]));
        writer.WriteTensor("a", new byte[5]);
        Assert.Throws<InvalidOperationException>(() => writer.WriteTensor("b", new byte[8]));
        Assert.Throws<InvalidOperationException>(() => writer.Complete());
        Assert.Throws<EndOfStreamException>(() => writer.WriteTensor("a", new MemoryStream(new byte[2])));
        writer.WriteTensor("a", new byte[1]);
        Assert.Throws<InvalidOperationException>(() => writer.AddTensor("c", GgmlType.F32, 2));
        writer.WriteTensor("b", new byte[8]);
        Assert.Throws<InvalidOperationException>(() => writer.WriteTensor("b", new byte[1]));
        writer.Complete();
        Assert.Throws<InvalidOperationException>(() => writer.Complete());
    }

    [Fact]
    public void A_file_appears_only_when_complete()
    {
        using TestFolder folder = new();
        string path = folder.File("model.gguf");
        using (GgufWriter writer = GgufWriter.Create(path))
        {
            SampleModel.SetMetadata(writer.Metadata);
            SampleModel.WriteTensors(writer);
            Assert.False(File.Exists(path));
            Assert.Equal([path], writer.Complete());
            Assert.True(File.Exists(path));
        }

        Assert.Equal(SampleModel.Build(), File.ReadAllBytes(path));
        Assert.Equal(["model.gguf"], folder.Names());
    }

    [Fact]
    public void A_writer_that_is_not_completed_leaves_nothing_behind()
    {
        using TestFolder folder = new();
        using (GgufWriter writer = GgufWriter.Create(folder.File("model.gguf")))
        {
            writer.AddTensor("t", GgmlType.F32, 4);
            writer.WriteTensor("t", new byte[4]);
            Assert.Single(folder.Names());
        }

        Assert.Empty(folder.Names());
    }

    [Fact]
    public void A_file_that_exists_is_replaced_only_on_demand()
    {
        using TestFolder folder = new();
        string path = folder.Write("model.gguf", [1, 2, 3]);
        using (GgufWriter writer = GgufWriter.Create(path))
        {
            Assert.Throws<IOException>(() => writer.Complete());
        }

        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        using (GgufWriter writer = GgufWriter.Create(path, new GgufWriterOptions { Overwrite = true }))
        {
            writer.Complete();
        }

        Assert.Equal(24, new FileInfo(path).Length);
    }

    [Fact]
    public void Options_out_of_range_are_wrong_arguments()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GgufWriter.Create("x", new GgufWriterOptions { Version = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => GgufWriter.Create("x", new GgufWriterOptions { Version = 4 }));
        Assert.Throws<ArgumentException>(() => GgufWriter.Create("x", new GgufWriterOptions { Split = new() }));
        Assert.Throws<ArgumentException>(() => GgufWriter.Create("x", new GgufWriterOptions { Split = new() { MaxBytes = 1, MaxTensors = 1 } }));
        Assert.Throws<ArgumentOutOfRangeException>(() => GgufWriter.Create("x", new GgufWriterOptions { Split = new() { MaxBytes = 0 } }));
        Assert.Throws<ArgumentException>(() => GgufWriter.Create(new MemoryStream(), new GgufWriterOptions { Split = new() { MaxTensors = 1 } }));
        Assert.Throws<ArgumentException>(() => GgufWriter.Create(new MemoryStream([], writable: false)));
    }

    [Fact]
    public void A_writer_throws_after_dispose()
    {
        GgufWriter writer = GgufWriter.Create(new MemoryStream());
        writer.AddTensor("t", GgmlType.F32, 1);
        writer.Dispose();
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.AddTensor("u", GgmlType.F32, 1));
        Assert.Throws<ObjectDisposedException>(() => writer.WriteTensor("t", new byte[4]));
        Assert.Throws<ObjectDisposedException>(() => writer.Complete());
    }

    /// <summary>Reads a model and writes it tensor by tensor.</summary>
    internal static byte[] Rewrite(byte[] bytes)
    {
        using GgufFile file = SampleModel.Open(bytes);
        MemoryStream stream = new();
        using GgufWriter writer = GgufWriter.Create(stream, new GgufWriterOptions { Version = file.Parts[0].Version });
        writer.Metadata.CopyFrom(file.Metadata);
        foreach (GgufTensorInfo tensor in file.Tensors)
        {
            writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape.AsSpan());
        }

        foreach (GgufTensorInfo tensor in file.Tensors)
        {
            using Stream data = file.OpenTensorStream(tensor.Name);
            writer.WriteTensor(tensor.Name, data);
        }

        writer.Complete();
        return stream.ToArray();
    }
}
