using System.Globalization;
using LocalLlm.Planning;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

/// <summary>Runs in a process of its own, which must live.</summary>
public sealed class SimulationFuzzChild
{
    private const int Rewritten = 64;

    [Fact(Explicit = true)]
    public void Asks_about_damaged_headers()
    {
        int count = Number("LOCALLLM_FUZZ_COUNT");
        int seed = Number("LOCALLLM_FUZZ_SEED");
        string progress = Path.Combine(Environment.GetEnvironmentVariable("LOCALLLM_FUZZ_FOLDER")!, "case.txt");
        NativeRuntime.Load();
        byte[][] sources = [.. TinyModels.All.Select(architecture => HeaderModels.Bytes(TinyModels.Plan(architecture)))];
        int[][] fields = [.. sources.Select(Mutation.Fields)];
        int asked = 0;
        for (int i = 0; i < count; i++)
        {
            Random random = new(unchecked((seed * 31) + i));
            int source = i % sources.Length;
            Mutation mutation = new(
                (MutationKind)random.Next(Enum.GetValues<MutationKind>().Length), random.Next(), random.Next(), random.Next(1, Rewritten), random.Next());
            File.WriteAllText(progress, $"case {i}, source {source}, {mutation}");
            byte[] damaged = mutation.Apply([.. sources[source]], fields[source], sources[random.Next(sources.Length)]);
            asked += TryAsk(damaged) ? 1 : 0;
        }

        // If nothing gets through, the test tests nothing.
        Assert.InRange(asked, count / 20, count);
    }

    private static bool TryAsk(byte[] header)
    {
        try
        {
            using GgufFile file = GgufFile.Open(new MemorySource(header, header.Length + (1L << 40)));
            return StageTwo.Plan(file, ModelFootprint.Of(file), PlanTests.Machine(64), new PlanOptions { ContextLength = 64 }, 0).Verified;
        }
        catch (Exception refused) when (refused is LocalLlmException or ArgumentException)
        {
            return false;
        }
    }

    private static int Number(string variable) => int.Parse(Environment.GetEnvironmentVariable(variable)!, CultureInfo.InvariantCulture);
}
