using System.Globalization;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;

namespace LocalLlm.Benchmarks;

/// <summary>Opening and validating a header: a vocabulary of 128,256 tokens and its merges, or 150 tensors, ours beside llama.cpp's own reader (which validates less).</summary>
[MemoryDiagnoser]
public partial class GgufOpenBenchmarks
{
    private const int Width = 32;

    private readonly string _path = Path.GetTempFileName();

    static GgufOpenBenchmarks() => NativeLibrary.SetDllImportResolver(
        typeof(GgufOpenBenchmarks).Assembly, (name, _, _) => NativeLibrary.Load(Path.Combine(NativeRuntime.Load().Directory, name)));

    /// <summary>Tokens of the vocabulary.</summary>
    [Params(128_256, 512)]
    public int Tokens { get; set; }

    [GlobalSetup]
    public void Write()
    {
        int layers = Tokens == 512 ? 16 : 1;
        string[] tokens = [.. Enumerable.Range(0, Tokens).Select(i => i < 256 ? ByteToken(i) : "t" + i.ToString(CultureInfo.InvariantCulture))];
        using GgufWriter writer = GgufWriter.Create(_path, new GgufWriterOptions { Overwrite = true });
        GgufMetadataBuilder metadata = writer.Metadata;
        metadata.SetString("general.architecture", "llama");
        foreach ((string key, uint value) in new (string, uint)[]
        {
            ("block_count", (uint)layers), ("context_length", 2048), ("embedding_length", Width), ("feed_forward_length", 64),
            ("attention.head_count", 2), ("attention.head_count_kv", 2), ("rope.dimension_count", 16),
        })
        {
            metadata.SetUInt32("llama." + key, value);
        }

        metadata.SetFloat32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        metadata.SetString("tokenizer.ggml.model", "gpt2");
        metadata.SetString("tokenizer.ggml.pre", "llama-bpe");
        metadata.SetArray("tokenizer.ggml.tokens", tokens);
        metadata.SetArray("tokenizer.ggml.token_type", Enumerable.Repeat(1, Tokens).ToArray());
        metadata.SetArray("tokenizer.ggml.merges", tokens.Skip(256).Select(t => $"{t[..1]} {t[1..]}").ToArray());
        metadata.SetUInt32("tokenizer.ggml.eos_token_id", 0);
        (string Name, long[] Shape)[] tensors = [("token_embd.weight", [Width, Tokens]), ("output_norm.weight", [Width]), .. Enumerable.Range(0, layers).SelectMany(Layer)];
        foreach ((string name, long[] shape) in tensors)
        {
            writer.AddTensor(name, GgmlType.F32, shape);
        }

        foreach ((string name, long[] shape) in tensors)
        {
            writer.WriteTensor(name, new byte[shape.Aggregate(4L, (a, b) => a * b)]);
        }

        writer.Complete();
        writer.Dispose();
        using GgufFile file = GgufFile.Open(_path);
        if (file.Validate().FirstOrDefault(f => f.Severity == GgufSeverity.Refuse) is { } refused)
        {
            throw new InvalidOperationException($"The benchmark's file is not whole: {refused}");
        }
    }

    [GlobalCleanup]
    public void Delete() => File.Delete(_path);

    [Benchmark]
    public int OpenAndValidate()
    {
        using GgufFile file = GgufFile.Open(_path);
        return file.Validate().Count;
    }

    [Benchmark(Baseline = true)]
    public long NativeReader()
    {
        nint context = Init(_path, new InitParameters(NoAlloc: 1, Context: 0));
        long tensors = TensorCount(context);
        Free(context);
        return tensors;
    }

    private static IEnumerable<(string, long[])> Layer(int i) =>
    [
        ($"blk.{i}.attn_norm.weight", [Width]), ($"blk.{i}.attn_q.weight", [Width, Width]), ($"blk.{i}.attn_k.weight", [Width, Width]),
        ($"blk.{i}.attn_v.weight", [Width, Width]), ($"blk.{i}.attn_output.weight", [Width, Width]), ($"blk.{i}.ffn_norm.weight", [Width]),
        ($"blk.{i}.ffn_gate.weight", [Width, 64]), ($"blk.{i}.ffn_down.weight", [64, Width]), ($"blk.{i}.ffn_up.weight", [Width, 64]),
    ];

    // GPT-2's printable stand-ins for the 256 bytes.
    internal static string ByteToken(int b)
    {
        bool isPrintable = b is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
        int unprintableBefore = Enumerable.Range(0, b).Count(x => x is not ((>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255)));
        return ((char)(isPrintable ? b : 256 + unprintableBefore)).ToString();
    }

    [LibraryImport("libggml-base.so", EntryPoint = "gguf_init_from_file", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Init(string path, InitParameters parameters);

    [LibraryImport("libggml-base.so", EntryPoint = "gguf_get_n_tensors")]
    private static partial long TensorCount(nint context);

    [LibraryImport("libggml-base.so", EntryPoint = "gguf_free")]
    private static partial void Free(nint context);

    private readonly record struct InitParameters(byte NoAlloc, nint Context);
}
