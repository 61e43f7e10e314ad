using BenchmarkDotNet.Attributes;
using LocalLlm.Planning;

namespace LocalLlm.Benchmarks;

/// <summary>
/// Planning a model of 80 layers and 128,256 tokens whose header is open: from the header alone, on no GPU, one and four, with the
/// context given and chosen; and with llama.cpp asked, for the GPUs of this machine (lavapipe's, where there are no others) or without.
/// </summary>
[MemoryDiagnoser]
public class PlanBenchmarks
{
    private const int Layers = 80;
    private const int Embedding = 8192;
    private const int Tokens = 128256;

    private readonly string _path = Path.GetTempFileName();
    private GgufFile _file = null!;
    private PlanMachine _machine = null!;
    private PlanMachine _here = null!;

    [Params(0, 1, 4)]
    public int Gpus { get; set; }

    [Params(8192, null)]
    public int? ContextLength { get; set; }

    [GlobalSetup(Target = nameof(Plan))]
    public void Open()
    {
        WriteHeader();
        _file = GgufFile.Open(_path);
        _machine = new PlanMachine
        {
            RamBytes = 64L << 30,
            Devices = [.. Enumerable.Range(0, Gpus).Select(i => new PlanDevice { Name = $"gpu{i}", FreeBytes = 24L << 30 })],
        };
    }

    [GlobalSetup(Target = nameof(VerifiedPlan))]
    public void OpenHere()
    {
        Open();
        NativeDevice[] gpus = [.. NativeRuntime.Load().Devices.Where(device => device.Type is NativeDeviceType.Gpu or NativeDeviceType.IntegratedGpu)];
        _here = _machine with
        {
            // Described as larger than they are: nothing is allocated. Where there are fewer, fewer.
            Devices = [.. gpus.Take(Gpus).Select((gpu, i) => new PlanDevice
            {
                Name = $"gpu{i}",
                NativeName = gpu.Name,
                FreeBytes = 24L << 30,
                Rules = GpuSizeRules.Of(gpu.Backend),
                CanPipeline = false,
            })],
        };
        OffloadPlan plan = VerifiedPlan();
        if (!plan.Verified)
        {
            throw new InvalidOperationException($"{plan}");
        }
    }

    [GlobalCleanup]
    public void Delete()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    [Benchmark]
    public OffloadPlan Plan() => StageOne.Plan(ModelFootprint.Of(_file), _machine, new PlanOptions { ContextLength = ContextLength });

    [Benchmark]
    public OffloadPlan VerifiedPlan() => StageTwo.Plan(_file, ModelFootprint.Of(_file), _here, new PlanOptions { ContextLength = ContextLength }, 0);

    // The header, and a hole for the weights.
    private void WriteHeader()
    {
        using MemoryStream header = new();
        using GgufWriter writer = GgufWriter.Create(header);
        GgufMetadataBuilder metadata = writer.Metadata;
        metadata.SetString("general.architecture", "llama");
        foreach ((string key, uint value) in new (string, uint)[]
        {
            ("block_count", Layers), ("context_length", 131072), ("embedding_length", Embedding), ("feed_forward_length", 28672),
            ("attention.head_count", 64), ("attention.head_count_kv", 8), ("rope.dimension_count", 128),
        })
        {
            metadata.SetUInt32("llama." + key, value);
        }

        metadata.SetFloat32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        metadata.SetString("tokenizer.ggml.model", "gpt2");
        metadata.SetString("tokenizer.ggml.pre", "llama-bpe");
        metadata.SetArray("tokenizer.ggml.tokens", Enumerable.Range(0, Tokens).Select(i => i < 256 ? GgufOpenBenchmarks.ByteToken(i) : $"<unused{i}>").ToArray());
        metadata.SetArray("tokenizer.ggml.token_type", Enumerable.Repeat(1, Tokens).ToArray());
        string[] merges = ["a b"];
        metadata.SetArray("tokenizer.ggml.merges", merges);
        metadata.SetUInt32("tokenizer.ggml.eos_token_id", 0);
        long length = 0;
        Add("token_embd.weight", Embedding, Tokens);
        Add("output_norm.weight", Embedding);
        Add("output.weight", Embedding, Tokens);
        for (int i = 0; i < Layers; i++)
        {
            Add($"blk.{i}.attn_norm.weight", Embedding);
            Add($"blk.{i}.attn_q.weight", Embedding, Embedding);
            Add($"blk.{i}.attn_k.weight", Embedding, 1024);
            Add($"blk.{i}.attn_v.weight", Embedding, 1024);
            Add($"blk.{i}.attn_output.weight", Embedding, Embedding);
            Add($"blk.{i}.ffn_norm.weight", Embedding);
            Add($"blk.{i}.ffn_gate.weight", Embedding, 28672);
            Add($"blk.{i}.ffn_up.weight", Embedding, 28672);
            Add($"blk.{i}.ffn_down.weight", 28672, Embedding);
        }

        try
        {
            writer.Complete();
        }
        catch (InvalidOperationException)
        {
            // The header is written; the weights that it misses are the hole.
        }

        using FileStream stream = File.Create(_path);
        header.WriteTo(stream);
        stream.SetLength(header.Length + 64 + length);

        void Add(string name, params long[] shape)
        {
            GgmlType type = shape.Length == 1 ? GgmlType.F32 : GgmlType.Q4_K;
            writer.AddTensor(name, type, shape);
            length += shape.Aggregate(1L, (a, b) => a * b) / type.BlockSize() * type.TypeSize();
        }
    }
}
