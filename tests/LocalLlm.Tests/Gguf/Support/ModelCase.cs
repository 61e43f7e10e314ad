using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace LocalLlm.Tests.Gguf;

/// <summary>An arbitrary legal model.</summary>
internal sealed record ModelCase(int Version, uint? Alignment, (string Key, object Value)[] Metadata, TensorCase[] Tensors)
{
    private static readonly Gen<string> Texts =
        from runes in Gen.Frequency(
            (6, Gen.Choose(32, 126)),
            (2, Gen.Choose(1, 0xD7FF)),
            (1, Gen.Choose(0xE000, 0x10FFFF)),
            (1, Gen.Constant(0))).ArrayOf()
        select string.Concat(runes.Select(rune => new Rune(rune).ToString()));

    private static readonly Gen<string> Names =
        from text in Texts
        from number in Gen.Choose(0, 999)
        select Shorten(text.Replace("\0", string.Empty, StringComparison.Ordinal) + number);

    private static readonly Gen<object> Scalars =
        from kind in Gen.Choose(0, 11)
        from high in Gen.Choose(int.MinValue, int.MaxValue)
        from low in Gen.Choose(int.MinValue, int.MaxValue)
        from text in Texts
        select Scalar(kind, ((long)high << 32) ^ (uint)low, text);

    private static readonly Gen<object> Arrays =
        from kind in Gen.Choose(0, 11)
        from bits in ArbMap.Default.GeneratorFor<int>().ArrayOf()
        from texts in Texts.ArrayOf()
        select ArrayOf(kind, bits, texts);

    public static Gen<ModelCase> Cases { get; } =
        from version in Gen.Elements(2, 3)
        from alignment in Gen.Elements<uint?>(null, null, 32, 64, 512)
        from position in Gen.Choose(0, 100)
        from metadata in Gen.Zip(Names, Values(2)).ArrayOf()
        from tensors in Tensor.ArrayOf()
        select Create(version, alignment, position, metadata, tensors);

    private static Gen<TensorCase> Tensor =>
        from name in Names
        from type in Gen.Elements(Enum.GetValues<GgmlType>())
        from dimensions in Gen.Choose(0, 4)
        from shape in Gen.Choose(1, 5).ArrayOf(dimensions)
        from seed in Gen.Choose(0, int.MaxValue)
        select new TensorCase(name, type, Shape(type, shape), seed);

    /// <summary>Writes the model as one file.</summary>
    public byte[] Build()
    {
        MemoryStream stream = new();
        using GgufWriter writer = GgufWriter.Create(stream, new GgufWriterOptions { Version = Version });
        Write(writer);
        writer.Complete();
        return stream.ToArray();
    }

    public void Write(GgufWriter writer)
    {
        foreach ((string key, object value) in Metadata)
        {
            writer.Metadata.SetValue(key, value);
        }

        foreach (TensorCase tensor in Tensors)
        {
            writer.AddTensor(tensor.Name, tensor.Type, tensor.Shape);
        }

        foreach (TensorCase tensor in Tensors)
        {
            writer.WriteTensor(tensor.Name, tensor.Data());
        }
    }

    public override string ToString() =>
        $"v{Version}, alignment {Alignment}, keys [{string.Join(", ", Metadata.Select(entry => $"{entry.Key}: {entry.Value}"))}], tensors [{string.Join(", ", Tensors.AsEnumerable())}]";

    private static Gen<object> Values(int depth) => depth == 0
        ? Gen.OneOf(Arrays)
        : Gen.Frequency((5, Scalars), (4, Arrays), (1, from inner in Gen.OneOf(Arrays, Nested(depth - 1)).ArrayOf() select (object)inner));

    private static Gen<object> Nested(int depth) =>
        from inner in Arrays.ArrayOf()
        select depth > 0 ? new object[] { inner } : (object)inner;

    private static ModelCase Create(int version, uint? alignment, int position, (string Key, object Value)[] metadata, TensorCase[] tensors)
    {
        List<(string Key, object Value)> entries = [.. metadata.DistinctBy(entry => entry.Key)];
        if (alignment is uint value)
        {
            entries.Insert(position % (entries.Count + 1), ("general.alignment", value));
        }

        return new ModelCase(version, alignment, [.. entries], [.. tensors.DistinctBy(tensor => tensor.Name)]);
    }

    private static string Shorten(string name)
    {
        while (Encoding.UTF8.GetByteCount(name) > 63)
        {
            name = name[(char.IsSurrogatePair(name, 0) ? 2 : 1)..];
        }

        return name;
    }

    private static long[] Shape(GgmlType type, int[] dimensions)
    {
        long[] shape = [.. dimensions.Select(dimension => (long)dimension)];
        if (type.BlockSize() > 1)
        {
            shape = shape.Length == 0 ? [type.BlockSize()] : [shape[0] * type.BlockSize(), .. shape[1..]];
        }

        return shape;
    }

    private static object Scalar(int kind, long bits, string text) => kind switch
    {
        0 => (byte)bits,
        1 => (sbyte)bits,
        2 => (ushort)bits,
        3 => (short)bits,
        4 => (uint)bits,
        5 => (int)bits,
        6 => (ulong)bits,
        7 => bits,
        8 => BitConverter.Int32BitsToSingle((int)bits),
        9 => BitConverter.Int64BitsToDouble(bits),
        10 => (bits & 1) == 0,
        _ => text,
    };

    private static object ArrayOf(int kind, int[] bits, string[] texts) => kind switch
    {
        0 => bits.Select(value => (byte)value).ToArray(),
        1 => bits.Select(value => (sbyte)value).ToArray(),
        2 => bits.Select(value => (ushort)value).ToArray(),
        3 => bits.Select(value => (short)value).ToArray(),
        4 => bits.Select(value => (uint)value).ToArray(),
        5 => bits,
        6 => bits.Select(value => (ulong)value).ToArray(),
        7 => bits.Select(value => (long)value).ToArray(),
        8 => bits.Select(BitConverter.Int32BitsToSingle).ToArray(),
        9 => bits.Select(value => BitConverter.Int64BitsToDouble((long)value << 20)).ToArray(),
        10 => bits.Select(value => (value & 1) == 0).ToArray(),
        _ => texts,
    };
}

/// <summary>A tensor of an arbitrary model.</summary>
internal sealed record TensorCase(string Name, GgmlType Type, long[] Shape, int Seed)
{
    public byte[] Data()
    {
        byte[] data = new byte[Shape.Aggregate(1L, (product, dimension) => product * dimension) / Type.BlockSize() * Type.TypeSize()];
        new Random(Seed).NextBytes(data);
        return data;
    }
}
