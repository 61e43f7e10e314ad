namespace LocalLlm.Tests.Gguf;

/// <summary>What the tests over HTTP serve.</summary>
internal static class HttpTestModels
{
    private static readonly Lazy<byte[]> LargeModel = new(BuildLarge);

    /// <summary>A few kilobytes.</summary>
    public static byte[] Small { get; } = SampleModel.Build();

    /// <summary>A header of 5 MB, so that reading it takes several requests.</summary>
    public static byte[] Large => LargeModel.Value;

    private static byte[] BuildLarge()
    {
        MemoryStream stream = new();
        using GgufWriter writer = GgufWriter.Create(stream);
        writer.Metadata.SetArray<string>("tokens", [.. Enumerable.Range(0, 300_000).Select(i => $"token{i:D6}")]);
        writer.AddTensor("t", GgmlType.F32, 8);
        writer.WriteTensor("t", new byte[32]);
        writer.Complete();
        return stream.ToArray();
    }
}
