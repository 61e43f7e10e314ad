using System.Globalization;
using System.Runtime.InteropServices;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

/// <summary>A model of 3 GiB where a control group allows 1 GiB of RAM.</summary>
public sealed partial class LargerThanRamTests : IDisposable
{
    private const long Limit = 1L << 30;
    private const long Size = 3L << 30;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_larger_than_RAM_generates_with_pages_that_are_dropped_and_read_again()
    {
        Assert.SkipUnless(Requirement.RunsAll, "Runs with LOCALLLM_TESTS=all: it writes 3 GiB.");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Control groups are Linux's.");
        using MemoryGroup? group = MemoryGroup.Create(Limit);
        Requirement.Meet("cgroup", group is not null, "No memory control group can be made here.");
        string path = _folder.File("large.gguf");
        Write(path);
        Forget(path);

        await ChildTest.PassesAsync(
            typeof(LargerThanRamChild), nameof(LargerThanRamChild.Generates), null, ("LOCALLLM_LARGE_MODEL", path), ("LOCALLLM_MEMORY_GROUP", group!.ProcessList));
    }

    // Weights of one layer, again in each: what matters is that all of them are read.
    private static void Write(string path)
    {
        const int embedding = 2048;
        const int feedForward = 8192;
        TinyModelBuilder model = new("llama", TinyVocabulary.BytePairs());
        model.Set("context_length", 512);
        model.Set("embedding_length", embedding);
        model.Set("feed_forward_length", feedForward);
        model.Set("attention.head_count", 16);
        model.Set("attention.head_count_kv", 16);
        model.Set("attention.layer_norm_rms_epsilon", 1e-5f);
        model.Set("rope.dimension_count", embedding / 16);
        (string Name, long Columns, long Rows)[] matrices =
        [
            ("attn_q", embedding, embedding), ("attn_k", embedding, embedding), ("attn_v", embedding, embedding), ("attn_output", embedding, embedding),
            ("ffn_gate", embedding, feedForward), ("ffn_up", embedding, feedForward), ("ffn_down", feedForward, embedding),
        ];
        long layerBytes = matrices.Sum(matrix => matrix.Columns * matrix.Rows) * sizeof(short);
        int layers = (int)(Size / layerBytes) + 1;
        model.Set("block_count", layers);

        using GgufWriter writer = GgufWriter.Create(path);
        foreach ((string key, object value) in model.Metadata)
        {
            writer.Metadata.SetValue(key, value);
        }

        writer.AddTensor("token_embd.weight", GgmlType.F16, embedding, model.Vocabulary.Count);
        writer.AddTensor("output_norm.weight", GgmlType.F32, embedding);
        for (int i = 0; i < layers; i++)
        {
            writer.AddTensor($"blk.{i}.attn_norm.weight", GgmlType.F32, embedding);
            writer.AddTensor($"blk.{i}.ffn_norm.weight", GgmlType.F32, embedding);
            foreach ((string name, long columns, long rows) in matrices)
            {
                writer.AddTensor($"blk.{i}.{name}.weight", GgmlType.F16, columns, rows);
            }
        }

        Random random = new(1);
        byte[] embeddings = Halves(random, embedding * model.Vocabulary.Count, 0.8);
        byte[] norm = MemoryMarshal.AsBytes(Enumerable.Repeat(1f, embedding).ToArray().AsSpan()).ToArray();
        Dictionary<string, byte[]> weights = matrices.ToDictionary(matrix => matrix.Name, matrix => Halves(random, (int)(matrix.Columns * matrix.Rows), 1 / Math.Sqrt(matrix.Columns)));
        writer.WriteTensor("token_embd.weight", embeddings);
        writer.WriteTensor("output_norm.weight", norm);
        for (int i = 0; i < layers; i++)
        {
            writer.WriteTensor($"blk.{i}.attn_norm.weight", norm);
            writer.WriteTensor($"blk.{i}.ffn_norm.weight", norm);
            foreach ((string name, _, _) in matrices)
            {
                writer.WriteTensor($"blk.{i}.{name}.weight", weights[name]);
            }
        }

        writer.Complete();
    }

    // What this process has written is charged to it, also where the child reads it: it must leave the page cache first.
    private static void Forget(string path)
    {
        const int dontNeed = 4;
        using FileStream file = File.OpenRead(path);
        Assert.Equal(0, FSync((int)file.SafeFileHandle.DangerousGetHandle()));
        Assert.Equal(0, FAdvise((int)file.SafeFileHandle.DangerousGetHandle(), 0, 0, dontNeed));
    }

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FSync(int file);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int FAdvise(int file, nint offset, nint length, int advice);

    private static byte[] Halves(Random random, int count, double scale)
    {
        Half[] values = new Half[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (Half)(scale * ((3.4641 * random.NextDouble()) - 1.7321));
        }

        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    /// <summary>A control group with a memory limit, of whichever version is mounted.</summary>
    private sealed class MemoryGroup : IDisposable
    {
        private readonly string _folder;

        private MemoryGroup(string folder) => _folder = folder;

        /// <summary>Where a process writes its id to be in it.</summary>
        public string ProcessList => Path.Combine(_folder, "cgroup.procs");

        public static MemoryGroup? Create(long limit)
        {
            foreach ((string root, string limitFile) in new[] { ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max") })
            {
                if (!File.Exists(Path.Combine(root, "cgroup.procs")))
                {
                    continue;
                }

                string folder = Path.Combine(root, $"localllm-test-{Environment.ProcessId}");
                try
                {
                    Directory.CreateDirectory(folder);
                    File.WriteAllText(Path.Combine(folder, limitFile), limit.ToString(CultureInfo.InvariantCulture));
                    return new MemoryGroup(folder);
                }
                catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
                {
                    Remove(folder);
                }
            }

            return null;
        }

        public void Dispose() => Remove(_folder);

        private static void Remove(string folder)
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // A group that is in use or not ours stays: it holds nothing.
            }
        }
    }
}
