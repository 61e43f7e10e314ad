using System.Globalization;
using System.Text.RegularExpressions;
using LocalLlm.Planning;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

/// <summary>What llama.cpp itself allocates on the processor, by its log, beside what is planned.</summary>
public sealed partial class NativeAgreementTests
{
    private const double MiB = 1 << 20;

    public static TheoryData<string, int> Cases
    {
        get
        {
            TheoryData<string, int> cases = [];
            foreach (string architecture in TinyModels.All)
            {
                cases.Add(architecture, 1);
                cases.Add(architecture, 3);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Tiny_models_take_what_is_planned(string architecture, int sequences)
    {
        using TestFolder folder = new();
        AssertAgrees(TinyModels.Write(folder, architecture), 512, sequences);
    }

    [Fact]
    [Trait("Category", "Model")]
    public void Real_models_take_what_is_planned()
    {
        AssertAgrees(Gguf.TestModels.Guide, 512, 1);
        AssertAgrees(Gguf.TestModels.SmolLm, 2048, 2);
    }

    private static void AssertAgrees(string path, int contextLength, int sequences)
    {
        Dictionary<string, double> native = [];
        CallbackLoggerFactory logger = new((_, line) =>
        {
            if (BufferSize().Match(line) is { Success: true } match)
            {
                native[match.Groups[1].Value] = native.GetValueOrDefault(match.Groups[1].Value) + double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
            }
        });
        LocalModel.Load(path, TestModels.OnCpu with { ContextLength = contextLength, Sequences = sequences, LoggerFactory = logger }).Dispose();

        using GgufFile file = GgufFile.Open(path);
        OffloadPlan plan = StageOne.Plan(ModelFootprint.Of(file), PlanTests.Machine(64), new PlanOptions { ContextLength = contextLength, Sequences = sequences });
        double caches = native.GetValueOrDefault("KV") + native.GetValueOrDefault("RS");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{plan.Architecture}: {string.Join(", ", native)}; planned {plan.Host.KvCacheBytes / MiB:0.00} and {plan.Host.ComputeBytes / MiB:0.00}"));
        // The log has two decimals for each buffer, up to three here.
        Assert.Equal(caches, plan.Host.KvCacheBytes / MiB, 0.016);
        Assert.InRange(native["compute"] + native.GetValueOrDefault("output"), 0.001, plan.Host.ComputeBytes / MiB);

        OffloadPlan verified = StageTwo.Plan(file, ModelFootprint.Of(file), PlanTests.Machine(64), new PlanOptions { ContextLength = contextLength, Sequences = sequences }, 0);
        Assert.True(verified.Verified, string.Join('\n', verified.Warnings));
        long logits = sizeof(float) * verified.Basis.Model.Work.Vocabulary * Math.Max(verified.MostOutputs, verified.Sequences);
        Assert.Equal(native["compute"], (verified.Host.ComputeBytes - logits) / MiB, 0.011);
    }

    [GeneratedRegex(@"(KV|RS|compute|output) buffer size = +([\d.]+) MiB")]
    private static partial Regex BufferSize();
}
