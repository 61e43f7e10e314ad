using System.Runtime.InteropServices;

namespace LocalLlm.Tests.Gguf;

/// <summary>Metadata and tensors of a model that does not exist yet; a test changes what it wants to see refused.</summary>
internal sealed class TinyModelBuilder
{
    private readonly string _architecture;

    public TinyModelBuilder(string architecture, TinyVocabulary vocabulary)
    {
        _architecture = architecture;
        Vocabulary = vocabulary;
        Metadata["general.architecture"] = architecture;
        Metadata["general.name"] = $"tiny {architecture}";
        vocabulary.SetMetadata(Metadata);
    }

    public TinyVocabulary Vocabulary { get; }

    /// <summary>Values by their full keys.</summary>
    public Dictionary<string, object> Metadata { get; } = new(StringComparer.Ordinal);

    public List<(string Name, GgmlType Type, long[] Shape)> Tensors { get; } = [];

    /// <summary>The full name of a key of the architecture.</summary>
    public string Key(string name) => $"{_architecture}.{name}";

    public void Set(string name, int value) => Metadata[Key(name)] = (uint)value;

    public void Set(string name, float value) => Metadata[Key(name)] = value;

    public void Set(string name, bool value) => Metadata[Key(name)] = value;

    /// <summary>A number for each layer.</summary>
    public void SetLayers(string name, params int[] values) => Metadata[Key(name)] = values;

    public void Add(string name, params long[] shape) => Tensors.Add((name, GgmlType.F32, shape));

    public void Rename(string name, string newName) => Change(name, tensor => (newName, tensor.Type, tensor.Shape));

    public void Reshape(string name, params long[] shape) => Change(name, tensor => (name, tensor.Type, shape));

    public void Retype(string name, GgmlType type) => Change(name, tensor => (name, type, tensor.Shape));

    public void Remove(string name) => Tensors.RemoveAll(tensor => tensor.Name == name);

    /// <summary>Writes the file with weights that the seed decides.</summary>
    public void Write(string path, int seed = 1)
    {
        using FileStream stream = File.Create(path);
        Write(stream, seed);
    }

    /// <summary>The file's bytes.</summary>
    public byte[] Build(int seed = 1)
    {
        MemoryStream stream = new();
        Write(stream, seed);
        return stream.ToArray();
    }

    private void Write(Stream stream, int seed)
    {
        using GgufWriter writer = GgufWriter.Create(stream);
        foreach ((string key, object value) in Metadata)
        {
            writer.Metadata.SetValue(key, value);
        }

        foreach ((string name, GgmlType type, long[] shape) in Tensors)
        {
            writer.AddTensor(name, type, shape);
        }

        Random random = new(seed);
        foreach ((string name, GgmlType type, long[] shape) in Tensors)
        {
            float[] weights = Weights(name, shape, random);
            writer.WriteTensor(name, Encode(weights, type));
        }

        writer.Complete();
    }

    private void Change(string name, Func<(string Name, GgmlType Type, long[] Shape), (string Name, GgmlType Type, long[] Shape)> change)
    {
        int index = Tensors.FindIndex(tensor => tensor.Name == name);
        Tensors[index] = change(Tensors[index]);
    }

    /// <summary>Large enough that one token is clearly ahead of the others.</summary>
    private float[] Weights(string name, long[] shape, Random random)
    {
        float[] weights = new float[shape.Aggregate(1L, (product, dimension) => product * dimension)];
        double scale = shape.Length > 1 ? 1.5 / Math.Sqrt(shape[0]) : 0.2;
        for (int i = 0; i < weights.Length; i++)
        {
            // The logarithm of a uniform number makes a normal one, after Box and Muller.
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            weights[i] = (float)(name switch
            {
                _ when name.EndsWith("ssm_a", StringComparison.Ordinal) => -Math.Exp(0.5 * normal),
                _ when name.EndsWith("norm.weight", StringComparison.Ordinal) => 1 + (0.1 * normal),
                "output.weight" when !Vocabulary.IsWritten(i / (int)shape[0]) => 0,
                "output.weight" => 3 * scale * normal,
                "token_embd.weight" => 0.8 * normal,
                _ => scale * normal,
            });
        }

        return weights;
    }

    /// <summary>Values of a type that is neither F32 nor F16 are bytes without a meaning.</summary>
    private static byte[] Encode(float[] weights, GgmlType type) => type switch
    {
        GgmlType.F32 => MemoryMarshal.AsBytes(weights.AsSpan()).ToArray(),
        GgmlType.F16 => MemoryMarshal.AsBytes(Array.ConvertAll(weights, weight => (Half)weight).AsSpan()).ToArray(),
        _ => new byte[weights.Length / type.BlockSize() * type.TypeSize()],
    };
}
