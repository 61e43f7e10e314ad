using System.Globalization;

namespace LocalLlm.Tests.Planning;

/// <summary>Runs in a process of its own, under a memory limit.</summary>
public sealed class LargerThanRamChild
{
    /// <summary>What the runtime and the tests' own objects may take beside the plan.</summary>
    private const long Runtime = 192L << 20;

    [Fact(Explicit = true)]
    public void Generates()
    {
        string path = Environment.GetEnvironmentVariable("LOCALLLM_LARGE_MODEL")!;
        File.WriteAllText(Environment.GetEnvironmentVariable("LOCALLLM_MEMORY_GROUP")!, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        long before = Status("RssAnon");
        GenerationOptions greedy = new() { Temperature = 0, MaxOutputTokens = 2, IgnoreEndOfGeneration = true, Seed = 1 };

        using LocalModel model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 64 });
        GenerateReply first = model.Generate("a b", greedy);
        long read = Read();
        GenerateReply second = model.Generate("a b", greedy);

        // The limit is seen, the rest is left on the disk, and nothing is copied.
        Assert.InRange(model.Plan.Host.FreeBytes, 1, 1L << 30);
        Assert.InRange(model.Plan.Host.DiskBytes, 2L << 30, 3L << 30);
        Assert.Equal(0, model.Plan.Host.CopiedBytes);
        Assert.Contains(model.Plan.Warnings, warning => warning.Contains("read from the disk again", StringComparison.Ordinal));
        Assert.Equal(first.TokenIds, second.TokenIds);
        // Each token needs all weights, of which at most 1 GiB can have stayed.
        Assert.InRange(Read() - read, 2L << 30, long.MaxValue);
        Assert.InRange(Status("RssAnon") - before, 0, model.Plan.Host.UsedBytes + Runtime);
        // Libraries that other processes have mapped too are charged to them.
        Assert.InRange(Status("VmRSS"), 0, (1L << 30) + Runtime);
    }

    // In bytes, from lines such as "RssAnon:  1234 kB".
    private static long Status(string name) => Number("/proc/self/status", name) * 1024;

    private static long Read() => Number("/proc/self/io", "read_bytes");

    private static long Number(string file, string name) => long.Parse(
        File.ReadLines(file).First(line => line.StartsWith($"{name}:", StringComparison.Ordinal)).Split(' ', '\t').First(part => part.Length > 0 && char.IsAsciiDigit(part[0])),
        CultureInfo.InvariantCulture);
}
