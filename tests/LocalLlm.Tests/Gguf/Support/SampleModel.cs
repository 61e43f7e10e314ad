namespace LocalLlm.Tests.Gguf;

/// <summary>A small file with a value of each type and some tensors.</summary>
internal static class SampleModel
{
    public static readonly (string Name, GgmlType Type, long[] Shape)[] Tensors =
    [
        ("token_embd.weight", GgmlType.Q4_K, [256, 8]),
        ("blk.0.attn_q.weight", GgmlType.Q8_0, [64, 4]),
        ("blk.0.attn_norm.weight", GgmlType.F32, [64]),
        ("blk.1.ffn_up_exps.weight", GgmlType.F16, [3, 5, 7, 2]),
        ("output.weight", GgmlType.MXFP4, [96, 3]),
        ("scalar", GgmlType.BF16, []),
    ];

    public static byte[] Data(string name)
    {
        (string _, GgmlType type, long[] shape) = Tensors.Single(tensor => tensor.Name == name);
        long elements = shape.Aggregate(1L, (product, dimension) => product * dimension);
        byte[] data = new byte[elements / type.BlockSize() * type.TypeSize()];
        new Random(name.Length).NextBytes(data);
        return data;
    }

    public static void SetMetadata(GgufMetadataBuilder metadata)
    {
        metadata.SetString("general.architecture", "sample");
        metadata.SetUInt8("u8", 200);
        metadata.SetInt8("i8", -100);
        metadata.SetUInt16("u16", 60000);
        metadata.SetInt16("i16", -30000);
        metadata.SetUInt32("u32", 4000000000);
        metadata.SetInt32("i32", -2000000000);
        metadata.SetUInt64("u64", ulong.MaxValue);
        metadata.SetInt64("i64", long.MinValue);
        metadata.SetFloat32("f32", 1.5f);
        metadata.SetFloat64("f64", -2.25);
        metadata.SetBoolean("bool", true);
        metadata.SetString("text", "héllo 🦙");
        metadata.SetArray<string>("tokens", ["a", "", "ζ", "dddd"]);
        metadata.SetArray<float>("scores", [0, -1, float.NaN]);
        metadata.SetArray<bool>("flags", [true, false, true]);
        metadata.SetArray<uint>("empty", []);
    }

    public static byte[] Build(uint? alignment = null, bool nested = false, int version = 3)
    {
        MemoryStream stream = new();
        using (GgufWriter writer = GgufWriter.Create(stream, new GgufWriterOptions { Version = version }))
        {
            SetMetadata(writer.Metadata);
            if (nested)
            {
                writer.Metadata.SetValue("nested", new object[] { new int[] { 1, 2 }, new object[] { new string[] { "x" } }, Array.Empty<double>() });
            }

            if (alignment is uint value)
            {
                writer.Metadata.SetUInt32("general.alignment", value);
            }

            WriteTensors(writer);
            writer.Complete();
        }

        return stream.ToArray();
    }

    public static void WriteTensors(GgufWriter writer)
    {
        foreach ((string name, GgmlType type, long[] shape) in Tensors)
        {
            writer.AddTensor(name, type, shape);
        }

        foreach ((string name, GgmlType _, long[] _) in Tensors)
        {
            writer.WriteTensor(name, Data(name));
        }
    }

    public static GgufFile Open(byte[] bytes) => GgufFile.Open(new MemorySource(bytes));

    /// <summary>What is wrong with a file whatever model it holds: the sample is a model of no architecture.</summary>
    public static List<GgufFinding> FormatFindings(this GgufFile file) => LocalLlm.Gguf.FileValidator.CheckFormat(file);
}
