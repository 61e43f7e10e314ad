namespace LocalLlm.Tests.Gguf;

public sealed class GgufMetadataTests
{
    private static readonly byte[] Sample = SampleModel.Build(nested: true);

    [Fact]
    public void Each_scalar_type_is_read_by_its_getter()
    {
        using GgufFile file = SampleModel.Open(Sample);
        GgufMetadata metadata = file.Metadata;
        Assert.Equal((byte)200, metadata.GetUInt8("u8"));
        Assert.Equal((sbyte)-100, metadata.GetInt8("i8"));
        Assert.Equal((ushort)60000, metadata.GetUInt16("u16"));
        Assert.Equal((short)-30000, metadata.GetInt16("i16"));
        Assert.Equal(4000000000, metadata.GetUInt32("u32"));
        Assert.Equal(-2000000000, metadata.GetInt32("i32"));
        Assert.Equal(ulong.MaxValue, metadata.GetUInt64("u64"));
        Assert.Equal(long.MinValue, metadata.GetInt64("i64"));
        Assert.Equal(1.5f, metadata.GetFloat32("f32"));
        Assert.Equal(-2.25, metadata.GetFloat64("f64"));
        Assert.True(metadata.GetBoolean("bool"));
        Assert.Equal("héllo 🦙", metadata.GetString("text"));
        Assert.Equal("sample", file.Architecture);
    }

    [Fact]
    public void Keys_keep_the_order_of_the_file()
    {
        using GgufFile file = SampleModel.Open(Sample);
        Assert.Equal("general.architecture", file.Metadata.Keys[0]);
        Assert.Equal("nested", file.Metadata.Keys[^1]);
        Assert.Equal(file.Metadata.Count, file.Metadata.Keys.Count);
        Assert.True(file.Metadata.ContainsKey("u8"));
        Assert.False(file.Metadata.ContainsKey("U8"));
    }

    [Fact]
    public void A_getter_of_another_type_names_both_types_and_the_place()
    {
        using GgufFile file = SampleModel.Open(Sample);
        GgufFormatException e = Assert.Throws<GgufFormatException>(() => file.Metadata.GetUInt32("tokens"));
        Assert.Contains("arr[str], not u32", e.Message, StringComparison.Ordinal);
        Assert.Equal("tokens", e.Field);
        Assert.NotNull(e.Offset);
        Assert.Throws<GgufFormatException>(() => file.Metadata.GetString("u32"));
        Assert.Throws<GgufFormatException>(() => file.Metadata.GetArray<int>("scores"));
        Assert.False(file.Metadata.TryGetInt32("u32", out _));
        Assert.False(file.Metadata.TryGetBoolean("u8", out _));
    }

    [Fact]
    public void A_missing_key_is_named()
    {
        using GgufFile file = SampleModel.Open(Sample);
        GgufFormatException e = Assert.Throws<GgufFormatException>(() => file.Metadata.GetString("no.such"));
        Assert.Equal("no.such", e.Field);
        Assert.Throws<GgufFormatException>(() => file.Metadata.GetValue("no.such"));
        Assert.Throws<GgufFormatException>(() => file.Metadata.GetArray<string>("no.such"));
        Assert.False(file.Metadata.TryGetString("no.such", out _));
        Assert.False(file.Metadata.TryGetArray<int>("no.such", out _));
        Assert.False(file.Metadata.TryGetValueType("no.such", out _));
        Assert.False(file.Metadata.TryGetArrayInfo("u8", out _, out _));
    }

    [Fact]
    public void Integers_and_numbers_of_any_width_are_read()
    {
        using GgufFile file = SampleModel.Open(Sample);
        foreach (string key in (string[])["u8", "i8", "u16", "i16", "u32", "i32", "i64"])
        {
            Assert.True(file.Metadata.TryGetInteger(key, out long value));
            Assert.True(file.Metadata.TryGetNumber(key, out double number));
            Assert.Equal(value, number);
        }

        Assert.False(file.Metadata.TryGetInteger("u64", out _));
        Assert.False(file.Metadata.TryGetInteger("f32", out _));
        Assert.True(file.Metadata.TryGetNumber("u64", out double large));
        Assert.Equal(ulong.MaxValue, large);
        Assert.True(file.Metadata.TryGetNumber("f64", out double f64));
        Assert.Equal(-2.25, f64);
        Assert.False(file.Metadata.TryGetNumber("text", out _));
    }

    [Fact]
    public void Arrays_are_copies()
    {
        using GgufFile file = SampleModel.Open(Sample);
        string[] tokens = file.Metadata.GetArray<string>("tokens");
        Assert.Equal(["a", "", "ζ", "dddd"], tokens);
        tokens[0] = "changed";
        Assert.Equal("a", file.Metadata.GetArray<string>("tokens")[0]);
        Assert.Equal([0, -1, float.NaN], file.Metadata.GetArray<float>("scores"));
        Assert.Equal([true, false, true], file.Metadata.GetArray<bool>("flags"));
        Assert.Empty(file.Metadata.GetArray<uint>("empty"));
        Assert.True(file.Metadata.TryGetArrayInfo("tokens", out GgufValueType type, out int length));
        Assert.Equal(GgufValueType.String, type);
        Assert.Equal(4, length);
        Assert.Throws<NotSupportedException>(() => file.Metadata.GetArray<decimal>("scores"));
        Assert.Throws<NotSupportedException>(() => file.Metadata.GetArray<GgmlType>("scores"));
    }

    [Fact]
    public void A_part_of_an_array_fills_the_callers_buffer()
    {
        using GgufFile file = SampleModel.Open(Sample);
        string[] two = new string[2];
        file.Metadata.CopyArray("tokens", 2, two.AsSpan());
        Assert.Equal(["ζ", "dddd"], two);
        float[] one = new float[1];
        file.Metadata.CopyArray("scores", 1, one.AsSpan());
        Assert.Equal(-1, one[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Metadata.CopyArray("tokens", 3, two.AsSpan()));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Metadata.CopyArray("tokens", -1, two.AsSpan()));
        Assert.Throws<GgufFormatException>(() => file.Metadata.CopyArray("tokens", 0, one.AsSpan()));
    }

    [Fact]
    public void Any_value_is_read_as_an_object_of_its_type()
    {
        using GgufFile file = SampleModel.Open(Sample);
        Assert.Equal((ushort)60000, file.Metadata.GetValue("u16"));
        Assert.Equal(true, file.Metadata.GetValue("bool"));
        Assert.Equal(new string[] { "a", "", "ζ", "dddd" }, file.Metadata.GetValue("tokens"));
        object[] nested = Assert.IsType<object[]>(file.Metadata.GetValue("nested"));
        Assert.Equal(new int[] { 1, 2 }, nested[0]);
        Assert.Equal(new string[] { "x" }, Assert.IsType<object[]>(nested[1])[0]);
        Assert.Empty(Assert.IsType<double[]>(nested[2]));
    }

    [Fact]
    public void Booleans_other_than_0_and_1_are_true()
    {
        byte[] bytes = GgufBytes.Start(0, 2)
            .Key("b", GgufValueType.Boolean).U8(7)
            .ArrayStart("bs", GgufValueType.Boolean, 3).U8(0).U8(255).U8(1)
            .ToArray();
        using GgufFile file = SampleModel.Open(bytes);
        Assert.True(file.Metadata.GetBoolean("b"));
        bool[] values = file.Metadata.GetArray<bool>("bs");
        Assert.Equal([false, true, true], values);
        Assert.Equal(1, Convert.ToInt32(values[1], null));
        Assert.Equal(2, file.Validate().Count(finding => finding.Code == "odd-boolean"));
    }

    [Fact]
    public void Text_that_is_not_utf8_is_read_with_replacement_characters()
    {
        byte[] bytes = GgufBytes.Start(0, 1).Key("t", GgufValueType.String).U64(2).U8(0xFF).U8((byte)'a').ToArray();
        using GgufFile file = SampleModel.Open(bytes);
        Assert.Equal("\uFFFDa", file.Metadata.GetString("t"));
    }

    [Fact]
    public void Every_member_throws_after_the_file_is_disposed()
    {
        GgufFile file = SampleModel.Open(Sample);
        GgufMetadata metadata = file.Metadata;
        file.Dispose();
        Action[] members =
        [
            () => _ = metadata.Count,
            () => _ = metadata.Keys,
            () => metadata.ContainsKey("u8"),
            () => metadata.GetUInt8("u8"),
            () => metadata.TryGetString("text", out _),
            () => metadata.GetArray<string>("tokens"),
            () => metadata.TryGetArrayInfo("tokens", out _, out _),
            () => metadata.CopyArray("tokens", 0, new string[1].AsSpan()),
            () => metadata.TryGetInteger("u8", out _),
            () => metadata.TryGetNumber("u8", out _),
            () => metadata.TryGetValueType("u8", out _),
            () => metadata.GetValue("nested"),
        ];
        Assert.All(members, member => Assert.Throws<ObjectDisposedException>(member));
    }
}
