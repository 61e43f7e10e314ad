namespace LocalLlm.Tests.Gguf;

public sealed class GgufTensorDataTests
{
    [Fact]
    public void Tensors_are_copied_whole_and_in_pieces()
    {
        using TestFolder folder = new();
        using GgufFile file = GgufFile.Open(folder.Write("model.gguf", SampleModel.Build()));
        foreach (GgufTensorInfo tensor in file.Tensors)
        {
            byte[] expected = SampleModel.Data(tensor.Name);
            byte[] whole = new byte[tensor.ByteLength];
            file.CopyTensor(tensor.Name, 0, whole);
            Assert.Equal(expected, whole);
            byte[] piece = new byte[1];
            file.CopyTensor(tensor.Name, tensor.ByteLength - 1, piece);
            Assert.Equal(expected[^1], piece[0]);
            file.CopyTensor(tensor.Name, tensor.ByteLength, []);
        }
    }

    [Fact]
    public async Task Tensors_are_copied_asynchronously()
    {
        using TestFolder folder = new();
        using GgufFile file = GgufFile.Open(folder.Write("model.gguf", SampleModel.Build()));
        byte[] data = new byte[100];
        await file.CopyTensorAsync("token_embd.weight", 11, data, TestContext.Current.CancellationToken);
        Assert.Equal(SampleModel.Data("token_embd.weight")[11..111], data);
    }

    [Fact]
    public void Pieces_outside_a_tensor_are_wrong_arguments()
    {
        using GgufFile file = SampleModel.Open(SampleModel.Build());
        byte[] data = new byte[8];
        Assert.Throws<ArgumentOutOfRangeException>(() => file.CopyTensor("scalar", 0, data));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.CopyTensor("scalar", -1, data));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.CopyTensor("scalar", long.MaxValue, data));
        Assert.Throws<ArgumentException>(() => file.CopyTensor("no.such", 0, data));
        Assert.Throws<ArgumentException>(() => file.OpenTensorStream("no.such"));
    }

    [Fact]
    public async Task A_stream_reads_and_seeks()
    {
        using GgufFile file = SampleModel.Open(SampleModel.Build());
        byte[] expected = SampleModel.Data("token_embd.weight");
        await using Stream stream = file.OpenTensorStream("token_embd.weight");
        Assert.Equal(expected.Length, stream.Length);
        Assert.True(stream.CanRead && stream.CanSeek && !stream.CanWrite);
        MemoryStream copy = new();
        await stream.CopyToAsync(copy, TestContext.Current.CancellationToken);
        Assert.Equal(expected, copy.ToArray());
        Assert.Equal(-1, stream.ReadByte());
        Assert.Equal(expected.Length - 3, stream.Seek(-3, SeekOrigin.End));
        Assert.Equal(expected[^3], stream.ReadByte());
        stream.Position = 5;
        Assert.Equal(expected[5], stream.ReadByte());
        Assert.Equal(4, stream.Seek(-2, SeekOrigin.Current));
        Assert.Throws<IOException>(() => stream.Seek(-1, SeekOrigin.Begin));
        stream.Position = expected.Length + 10;
        Assert.Equal(0, stream.Read(new byte[4], 0, 4));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(0));
    }

    [Fact]
    public void A_stream_throws_after_its_file_is_disposed()
    {
        GgufFile file = SampleModel.Open(SampleModel.Build());
        Stream stream = file.OpenTensorStream("scalar");
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => stream.ReadByte());
        Assert.Throws<ObjectDisposedException>(() => stream.Length);
        stream.Dispose();
    }

    [Fact]
    public void A_file_cut_after_it_was_opened_is_a_typed_error()
    {
        using TestFolder folder = new();
        byte[] bytes = SampleModel.Build();
        string path = folder.Write("model.gguf", bytes);
        using GgufFile file = GgufFile.Open(path);
        GgufTensorInfo tensor = file.Tensors[0];
        using (FileStream writer = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            writer.SetLength(tensor.FileOffset + 10);
        }

        GgufFormatException e = Assert.Throws<GgufFormatException>(() => file.CopyTensor(tensor.Name, 0, new byte[tensor.ByteLength]));
        Assert.Equal(tensor.Name, e.Field);
        Assert.Equal(tensor.FileOffset + 10, e.Offset);
        using Stream stream = file.OpenTensorStream(tensor.Name);
        Assert.Throws<GgufFormatException>(() => stream.CopyTo(Stream.Null));
        file.CopyTensor(tensor.Name, 0, new byte[10]);
        Assert.Equal("sample", file.Architecture);
    }

    [Fact]
    public void A_tensor_of_unknown_type_has_no_data()
    {
        byte[] bytes = GgufBytes.Start(1, 0).Tensor("t", 77, 0, 8).Pad().Data(32).ToArray();
        using GgufFile file = SampleModel.Open(bytes);
        Assert.Equal(-1, file.Tensors[0].ByteLength);
        Assert.Equal("t", Assert.Throws<GgufFormatException>(() => file.CopyTensor("t", 0, new byte[1])).Field);
    }
}
