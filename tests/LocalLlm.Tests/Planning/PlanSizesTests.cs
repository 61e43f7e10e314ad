using System.Globalization;
using LocalLlm.Planning;

namespace LocalLlm.Tests.Planning;

/// <summary>
/// R12: plans do not grow by accident. PlanSizes.txt has the plans of some models on some machines; what changes them changes the
/// file, in the same commit, for all to see. LOCALLLM_UPDATE_PLANS=1 writes it.
/// </summary>
public sealed class PlanSizesTests
{
    [Fact]
    public void Plans_are_those_of_the_listing()
    {
        string path = RepositoryFolder.File("tests/LocalLlm.Tests/Planning/PlanSizes.txt");
        string actual = List();
        if (Environment.GetEnvironmentVariable("LOCALLLM_UPDATE_PLANS") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string List()
    {
        (string Name, ModelFootprint Model)[] models =
        [
            ("llama 8B", HeaderModels.Footprint(HeaderModels.Llama8B())),
            ("llama 70B", HeaderModels.Footprint(HeaderModels.Llama70B())),
            ("qwen3moe 30B", HeaderModels.Footprint(HeaderModels.Experts())),
            ("gemma3 12B", HeaderModels.Footprint(HeaderModels.Window())),
            ("gpt-oss 20B", HeaderModels.Footprint(HeaderModels.GptOss())),
            ("deepseek2 16B", HeaderModels.Footprint(HeaderModels.Latent())),
            ("mamba2 2.7B", HeaderModels.Footprint(HeaderModels.Recurrent())),
            ("lfm2 1.2B", HeaderModels.Footprint(HeaderModels.Hybrid())),
        ];
        (string Name, PlanMachine Machine)[] machines =
        [
            ("cpu", PlanTests.Machine(64)),
            ("8 GiB", PlanTests.Machine(64, 8)),
            ("24 GiB", PlanTests.Machine(64, 24)),
            ("24+12 GiB", PlanTests.Machine(64, 24, 12)),
        ];
        List<string> lines = [];
        foreach ((string model, ModelFootprint footprint) in models)
        {
            foreach ((string machine, PlanMachine described) in machines)
            {
                OffloadPlan plan = StageOne.Plan(footprint, described, new PlanOptions { ContextLength = 8192 });
                string devices = string.Concat(plan.Devices.Select(device => $"; {device.Name} {device.Modules}: {device.WeightBytes} + {device.KvCacheBytes} + {device.ComputeBytes}"));
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{model} on {machine}: n_ubatch {plan.MicroBatch}{devices}; cpu {plan.Host.Modules}: {plan.Host.WeightBytes} + {plan.Host.KvCacheBytes} + {plan.Host.ComputeBytes}"));
            }
        }

        return string.Join('\n', lines) + "\n";
    }
}
