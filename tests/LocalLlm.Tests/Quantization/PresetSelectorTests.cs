using System.Globalization;
using LocalLlm.Quantization;
using LocalLlm.Tests.Gguf;
using LocalLlm.Tests.Planning;

namespace LocalLlm.Tests.Quantization;

/// <summary>What is chosen for a machine, written down with its reason.</summary>
public sealed class PresetSelectorTests
{
    private static readonly ModelFileType[] Offered =
    [
        ModelFileType.F16, ModelFileType.Q8_0, ModelFileType.Q6_K, ModelFileType.Q5_K_M, ModelFileType.Q4_K_M, ModelFileType.Q4_K_S, ModelFileType.Q3_K_M, ModelFileType.Q2_K,
    ];

    private static readonly Dictionary<string, Lazy<PresetCandidate[]>> Models = new()
    {
        ["0.5B"] = new(() => Variants(HeaderModels.Qwen2(151936))),
        ["4B"] = new(() => Variants(HeaderModels.Qwen3(151936))),
        ["8B"] = new(() => Variants(HeaderModels.Llama8B(128256))),
        ["70B"] = new(() => Variants(HeaderModels.Llama70B(128256))),
    };

    private static readonly Dictionary<string, string> Machines = new()
    {
        ["4 GB laptop"] = "ram=3GiB/4GiB,cores=2,bandwidth=20GB/s",
        ["8 GB laptop"] = "ram=6GiB/8GiB,cores=4,bandwidth=30GB/s",
        ["16 GB laptop"] = "ram=12GiB/16GiB,cores=6,bandwidth=45GB/s",
        ["32 GB desktop"] = "ram=28GiB/32GiB,cores=8,bandwidth=60GB/s",
        ["256 GB server without GPU"] = "ram=250GiB/256GiB,cores=32,bandwidth=200GB/s",
        ["4 GB card"] = "gpu0=3.6GiB/4GiB,ram=12GiB/16GiB,cores=6,bandwidth=40GB/s",
        ["8 GB card"] = "gpu0=7.3GiB/8GiB,ram=28GiB/32GiB,cores=8,bandwidth=50GB/s",
        ["12 GB card"] = "gpu0=11.2GiB/12GiB,ram=28GiB/32GiB,cores=8,bandwidth=60GB/s",
        ["24 GB card"] = "gpu0=23.2GiB/24GiB,ram=60GiB/64GiB,cores=16,bandwidth=80GB/s",
        ["2 x 24 GB"] = "gpu0=23.2GiB/24GiB,gpu1=23.2GiB/24GiB,ram=120GiB/128GiB,cores=16,bandwidth=80GB/s",
        ["Apple 16 GB"] = "gpu0=10.6GiB/10.6GiB@MTL+unified,ram=12GiB/16GiB,cores=8,bandwidth=100GB/s",
        ["Apple 64 GB"] = "gpu0=48GiB/48GiB@MTL+unified,ram=58GiB/64GiB,cores=12,bandwidth=400GB/s",
        ["H200"] = "gpu0=139GiB/140GiB,ram=500GiB/512GiB,cores=64,bandwidth=400GB/s",
    };

    [Theory]
    [InlineData("4 GB laptop", "0.5B", ModelFileType.F16, "the best that reaches 5 tokens/s")]
    [InlineData("4 GB laptop", "4B", ModelFileType.Q3_K_M, "the best that reaches 5 tokens/s")]
    [InlineData("4 GB laptop", "8B", ModelFileType.Q2_K, "the smallest: none fits into memory")]
    [InlineData("4 GB laptop", "70B", ModelFileType.Q2_K, "the smallest: none fits into memory")]
    [InlineData("8 GB laptop", "0.5B", ModelFileType.F16, "the best that reaches 5 tokens/s")]
    [InlineData("8 GB laptop", "4B", ModelFileType.Q8_0, "the best that reaches 5 tokens/s")]
    [InlineData("8 GB laptop", "8B", ModelFileType.Q4_K_M, "the best that reaches 5 tokens/s")]
    [InlineData("8 GB laptop", "70B", ModelFileType.Q2_K, "the smallest: none fits into memory")]
    [InlineData("16 GB laptop", "0.5B", ModelFileType.F16, "the best that reaches 5 tokens/s")]
    [InlineData("16 GB laptop", "4B", ModelFileType.F16, "the best that reaches 5 tokens/s")]
    [InlineData("16 GB laptop", "8B", ModelFileType.Q8_0, "the best that reaches 5 tokens/s")]
    [InlineData("16 GB laptop", "70B", ModelFileType.Q2_K, "the smallest: none fits into memory")]
    [InlineData("32 GB desktop", "0.5B", ModelFileType.F16, "the best that reaches 5 tokens/s")]
    [InlineData("32 GB desktop", "4B", ModelFileType.F16, "the best that reaches 5 tokens/s")]
    [InlineData("32 GB desktop", "8B", ModelFileType.Q8_0, "the best that reaches 5 tokens/s")]
    [InlineData("32 GB desktop", "70B", ModelFileType.Q2_K, "the smallest: none reaches 5 tokens/s")]
    [InlineData("256 GB server without GPU", "0.5B", ModelFileType.F16, "the best that reaches 5 tokens/s")]
    [InlineData("256 GB server without GPU", "4B", ModelFileType.F16, "the best that reaches 5 tokens/s")]
    [InlineData("256 GB server without GPU", "8B", ModelFileType.F16, "the best that reaches 5 tokens/s")]
    [InlineData("256 GB server without GPU", "70B", ModelFileType.Q4_K_S, "the best that reaches 5 tokens/s")]
    [InlineData("4 GB card", "0.5B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("4 GB card", "4B", ModelFileType.Q4_K_M, "the best that is all on GPU")]
    [InlineData("4 GB card", "8B", ModelFileType.Q4_K_S, "the smallest of at least 4 bits")]
    [InlineData("4 GB card", "70B", ModelFileType.Q2_K, "the smallest: none fits into memory")]
    [InlineData("8 GB card", "0.5B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("8 GB card", "4B", ModelFileType.Q8_0, "the best that is all on GPU")]
    [InlineData("8 GB card", "8B", ModelFileType.Q6_K, "the best that is all on GPU")]
    [InlineData("8 GB card", "70B", ModelFileType.Q2_K, "the smallest: none reaches 5 tokens/s")]
    [InlineData("12 GB card", "0.5B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("12 GB card", "4B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("12 GB card", "8B", ModelFileType.Q8_0, "the best that is all on GPU")]
    [InlineData("12 GB card", "70B", ModelFileType.Q2_K, "the smallest: none reaches 5 tokens/s")]
    [InlineData("24 GB card", "0.5B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("24 GB card", "4B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("24 GB card", "8B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("24 GB card", "70B", ModelFileType.Q3_K_M, "the best that is fast enough")]
    [InlineData("2 x 24 GB", "0.5B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("2 x 24 GB", "4B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("2 x 24 GB", "8B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("2 x 24 GB", "70B", ModelFileType.Q4_K_M, "the best that is all on GPU")]
    [InlineData("Apple 16 GB", "0.5B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("Apple 16 GB", "4B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("Apple 16 GB", "8B", ModelFileType.Q8_0, "the best that is all on GPU")]
    [InlineData("Apple 16 GB", "70B", ModelFileType.Q2_K, "the smallest: none fits into memory")]
    [InlineData("Apple 64 GB", "0.5B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("Apple 64 GB", "4B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("Apple 64 GB", "8B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("Apple 64 GB", "70B", ModelFileType.Q4_K_M, "the best that is all on GPU")]
    [InlineData("H200", "0.5B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("H200", "4B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("H200", "8B", ModelFileType.F16, "the best that is all on GPU")]
    [InlineData("H200", "70B", ModelFileType.F16, "the best that is all on GPU")]
    public void The_choice_for_a_machine_and_its_reason(string machine, string model, ModelFileType expected, string reason)
    {
        PresetChoice choice = PresetSelector.Choose(Models[model].Value, HardwareProfile.Parse(Machines[machine]));
        Assert.True(expected == choice.FileType && choice.Chosen.Reason.StartsWith(reason, StringComparison.Ordinal), choice.ToString());
    }

    [Fact]
    public void More_memory_never_gives_fewer_bits()
    {
        foreach (string machine in (string[])["gpu0={0}GiB,ram=24GiB,bandwidth=40GB/s", "gpu0={0}GiB,gpu1={0}GiB,ram=64GiB,bandwidth=80GB/s", "gpu0=8GiB,ram={0}GiB,bandwidth=50GB/s", "ram={0}GiB,bandwidth=100GB/s"])
        {
            foreach ((string model, Lazy<PresetCandidate[]> variants) in Models)
            {
                double bits = 0;
                for (double size = 1; size <= 200; size *= 1.09)
                {
                    string text = machine.Replace("{0}", size.ToString("0.00", CultureInfo.InvariantCulture), StringComparison.Ordinal);
                    try
                    {
                        PresetChoice choice = PresetSelector.Choose(variants.Value, HardwareProfile.Parse(text));
                        Assert.True(choice.Chosen.Candidate.BitsPerWeight >= bits, $"{model} on {text}: {choice.FileType}\n{choice}");
                        bits = choice.Chosen.Candidate.BitsPerWeight;
                    }
                    catch (NotEnoughMemoryException)
                    {
                        Assert.True(bits == 0, $"{model} on {text} does not run, on less it did.");
                    }
                }

                Assert.True(bits > 0, $"{model} never runs");
            }
        }
    }

    [Fact]
    public void A_wanted_preset_is_taken_whatever_the_machine()
    {
        HardwareProfile small = HardwareProfile.Parse("ram=12GiB");
        PresetCandidate[] variants = Models["8B"].Value;
        Assert.Equal(ModelFileType.Q4_K_M, Named("Q4").FileType);
        Assert.Equal(ModelFileType.Q8_0, Named("Q8").FileType);
        Assert.Equal(ModelFileType.F16, Named("F16").FileType);
        Assert.Equal(ModelFileType.Q2_K, Named("q2_k").FileType);
        Assert.False(Named("F16").Chosen.Fits);
        PresetCandidate[] others = [.. variants.Where(candidate => candidate.FileType is not (ModelFileType.Q4_K_M or ModelFileType.Q4_K_S))];
        Assert.Equal(ModelFileType.Q5_K_M, PresetSelector.Choose(others, small, new PresetOptions { Preset = QuantizationPreset.Q4 }).FileType);
        ArgumentException none = Assert.Throws<ArgumentException>(() => PresetSelector.Choose(others, small, new PresetOptions { Preset = QuantizationPreset.Of(ModelFileType.IQ4_XS) }));
        Assert.Contains("Q5_K_M", none.Message, StringComparison.Ordinal);

        PresetChoice Named(string preset) => PresetSelector.Choose(variants, small, new PresetOptions { Preset = QuantizationPreset.Parse(preset) });
    }

    [Fact]
    public void A_model_that_runs_nowhere_says_by_how_much()
    {
        NotEnoughMemoryException thrown = Assert.Throws<NotEnoughMemoryException>(
            () => PresetSelector.Choose(Models["70B"].Value, HardwareProfile.Parse("ram=600MiB"), new PresetOptions { Plan = new PlanOptions { ContextLength = 32768 } }));
        Assert.Contains("Q2_K, lacks ", thrown.Message, StringComparison.Ordinal);
        Assert.Equal("cpu", thrown.Device);
        Assert.True(thrown.NeededBytes > thrown.AvailableBytes);
    }

    [Fact]
    public void The_wanted_speed_decides_without_a_GPU()
    {
        HardwareProfile machine = HardwareProfile.Parse("ram=64GiB,bandwidth=60GB/s");
        Assert.Equal(ModelFileType.F16, At(1));
        Assert.Equal(ModelFileType.Q8_0, At(5));
        Assert.Equal(ModelFileType.Q4_K_M, At(12));
        Assert.Equal(ModelFileType.Q2_K, At(100));

        ModelFileType? At(double speed) => PresetSelector.Choose(Models["8B"].Value, machine, new PresetOptions { MinimumTokensPerSecond = speed }).FileType;
    }

    [Fact]
    public void A_file_of_which_only_the_size_is_known_is_planned_like_the_file_itself()
    {
        using GgufFile file = HeaderModels.Open(HeaderModels.Llama8B(128256));
        PresetCandidate exact = PresetCandidate.Made(file, ModelFileType.Q6_K);
        PresetCandidate like = PresetCandidate.Like("x-Q6_K.gguf", ModelFileType.Q6_K, exact.Bytes, file);
        Assert.Equal(exact.BitsPerWeight, like.BitsPerWeight, 0.001);
        HardwareProfile machine = HardwareProfile.Parse("gpu0=6GiB,ram=32GiB");
        Assert.Equal(PresetSelector.Choose([exact], machine).Plan!.GpuLayers, PresetSelector.Choose([like], machine).Plan!.GpuLayers);
        PresetCandidate dynamic = PresetCandidate.Like("x-UD-Q6_K_XL.gguf", ModelFileType.Q6_K, exact.Bytes * 11 / 10, file);
        Assert.Equal(exact.BitsPerWeight * 1.1, dynamic.BitsPerWeight, 0.02);
    }

    [Theory]
    [InlineData("Q4_K_M", ModelFileType.Q4_K_M)]
    [InlineData("UD-Q4_K_XL", ModelFileType.Q4_K_M)]
    [InlineData("UD-IQ2_M", ModelFileType.IQ2_M)]
    [InlineData("Meta-Llama-3.1-8B-Instruct-Q8_0", ModelFileType.Q8_0)]
    [InlineData("model.q5_k_s", ModelFileType.Q5_K_S)]
    [InlineData("gpt-oss-20b-mxfp4", ModelFileType.MXFP4_MOE)]
    [InlineData("bf16", ModelFileType.BF16)]
    public void A_label_names_a_type(string label, ModelFileType expected) => Assert.Equal(expected, ModelFileTypeExtensions.FromLabel(label));

    [Theory]
    [InlineData("Qwen3-4B-Instruct-2507")]
    [InlineData("7")]
    [InlineData("")]
    public void A_label_may_name_none(string label) => Assert.Null(ModelFileTypeExtensions.FromLabel(label));

    [Fact]
    public void Presets_read_what_they_write()
    {
        foreach (string text in (string[])["auto", "Q4", "Q8", "F16", .. Enum.GetNames<ModelFileType>().Where(name => name != "F16")])
        {
            Assert.Equal(text, QuantizationPreset.Parse(text.ToLowerInvariant()).ToString());
        }

        Assert.Throws<ArgumentException>(() => QuantizationPreset.Parse("15"));
        Assert.Throws<ArgumentException>(() => QuantizationPreset.Parse("Q7"));
        Assert.True(QuantizationPreset.Q4.IsSatisfiedBy(ModelFileType.Q6_K));
        Assert.False(QuantizationPreset.Q4.IsSatisfiedBy(ModelFileType.Q3_K_L));
        Assert.False(QuantizationPreset.Q8.IsSatisfiedBy(ModelFileType.F16));
    }

    [Fact]
    public void Every_file_type_of_the_pinned_release_has_bits_and_a_place()
    {
        Assert.Equal(Enum.GetValues<ModelFileType>().Order(), FileTypeTraits.All.Select(traits => traits.Type).Order());
        Assert.All(Enum.GetValues<ModelFileType>(), type => Assert.InRange(type.BitsPerWeight(), 1, 32));
    }

    private static PresetCandidate[] Variants(TinyModelBuilder model)
    {
        using GgufFile file = HeaderModels.Open(model);
        return [.. Offered.Select(type => PresetCandidate.Made(file, type))];
    }
}
