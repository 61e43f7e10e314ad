using System.Reflection;
using LocalLlm.Chat;
using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference.Sampling;

public sealed class SamplingOptionsTests(GuideFixture guide, SamplerFixture sampler) : IClassFixture<GuideFixture>, IClassFixture<SamplerFixture>
{
    private static readonly GenerationOptions Greedy = new() { Temperature = 0, MaxOutputTokens = 32 };

    private readonly LocalModel _model = guide.Model;

    public static TheoryData<string, GenerationOptions> Invalid()
    {
        TheoryData<string, GenerationOptions> data = [];
        foreach (float value in new[] { float.NaN, float.PositiveInfinity, -3, 101 })
        {
            data.Add("RepetitionPenalty", new GenerationOptions { RepetitionPenalty = value });
            data.Add("FrequencyPenalty", new GenerationOptions { FrequencyPenalty = value });
            data.Add("PresencePenalty", new GenerationOptions { PresencePenalty = value });
            data.Add("TypicalP", new GenerationOptions { TypicalP = value });
            data.Add("Dry.Multiplier", new GenerationOptions { Dry = new DryOptions { Multiplier = value } });
            data.Add("Dry.Base", new GenerationOptions { Dry = new DryOptions { Base = value } });
            data.Add("Xtc.Probability", new GenerationOptions { Xtc = new XtcOptions { Probability = value } });
            data.Add("Xtc.Threshold", new GenerationOptions { Xtc = new XtcOptions { Threshold = value } });
            data.Add("DynamicTemperature.Range", new GenerationOptions { DynamicTemperature = new DynamicTemperatureOptions { Range = value } });
            data.Add("DynamicTemperature.Exponent", new GenerationOptions { DynamicTemperature = new DynamicTemperatureOptions { Exponent = value } });
            data.Add("Mirostat.Tau", new GenerationOptions { Mirostat = new MirostatOptions { Tau = value } });
            data.Add("Mirostat.Eta", new GenerationOptions { Mirostat = new MirostatOptions { Eta = value } });
        }

        data.Add("RepetitionPenalty", new GenerationOptions { RepetitionPenalty = 0 });
        data.Add("FrequencyPenalty", new GenerationOptions { FrequencyPenalty = 2.1f });
        data.Add("TopNSigma", new GenerationOptions { TopNSigma = float.NaN });
        data.Add("TopNSigma", new GenerationOptions { TopNSigma = float.NegativeInfinity });
        data.Add("PenaltyWindow", new GenerationOptions { PenaltyWindow = -2 });
        data.Add("Dry.Base", new GenerationOptions { Dry = new DryOptions { Base = 0.9f } });
        data.Add("Dry.AllowedLength", new GenerationOptions { Dry = new DryOptions { AllowedLength = 0 } });
        data.Add("Dry.Window", new GenerationOptions { Dry = new DryOptions { Window = -2 } });
        data.Add("Dry.SequenceBreakers", new GenerationOptions { Dry = new DryOptions { SequenceBreakers = null! } });
        data.Add("Dry.SequenceBreakers", new GenerationOptions { Dry = new DryOptions { SequenceBreakers = [""] } });
        data.Add("Dry.SequenceBreakers", new GenerationOptions { Dry = new DryOptions { SequenceBreakers = ["a\0"] } });
        data.Add("Dry.SequenceBreakers", new GenerationOptions { Dry = new DryOptions { SequenceBreakers = [new string('é', 21)] } });
        data.Add("Mirostat.Version", new GenerationOptions { Mirostat = new MirostatOptions { Version = 3 } });
        data.Add("LogProbabilities", new GenerationOptions { LogProbabilities = -1 });
        data.Add("LogProbabilities", new GenerationOptions { LogProbabilities = 21 });
        data.Add("LogitBias", new GenerationOptions { LogitBias = new Dictionary<int, float> { [-1] = 1 } });
        data.Add("LogitBias", new GenerationOptions { LogitBias = new Dictionary<int, float> { [4096] = 1 } });
        data.Add("LogitBias", new GenerationOptions { LogitBias = new Dictionary<int, float> { [5] = float.NaN } });
        data.Add("LogitBias", new GenerationOptions { LogitBias = new Dictionary<int, float> { [5] = float.PositiveInfinity } });
        return data;
    }

    [Theory, MemberData(nameof(Invalid))]
    public void An_invalid_value_is_refused_at_the_call_by_name(string option, GenerationOptions options)
    {
        LocalChatOptions chat = new()
        {
            TypicalP = options.TypicalP,
            TopNSigma = options.TopNSigma,
            DynamicTemperature = options.DynamicTemperature,
            Xtc = options.Xtc,
            Mirostat = options.Mirostat,
            RepetitionPenalty = options.RepetitionPenalty,
            PenaltyWindow = options.PenaltyWindow,
            FrequencyPenalty = options.FrequencyPenalty,
            PresencePenalty = options.PresencePenalty,
            Dry = options.Dry,
            LogitBias = options.LogitBias,
            LogProbabilities = options.LogProbabilities,
        };

        Assert.Throws<ArgumentOutOfRangeException>(option, () => _model.Generate("Hello", options));
        Assert.Throws<ArgumentOutOfRangeException>(option, () => { _ = _model.GenerateStreamingAsync("Hello", options); });
        Assert.Throws<ArgumentOutOfRangeException>(option, () => { _ = _model.ChatAsync("Hello", chat); });
        Assert.Throws<ArgumentOutOfRangeException>(option, () => { _ = _model.ChatStreamingAsync("Hello", chat); });
    }

    public static TheoryData<GenerationOptions> Bounds => new(
        new GenerationOptions { RepetitionPenalty = 0.01f, PenaltyWindow = -1 },
        new GenerationOptions { RepetitionPenalty = 100, PenaltyWindow = int.MaxValue },
        new GenerationOptions { RepetitionPenalty = 2, PenaltyWindow = 0 },
        new GenerationOptions { FrequencyPenalty = -2, PresencePenalty = 2 },
        new GenerationOptions { Dry = new DryOptions { Multiplier = 100, Base = 100, AllowedLength = 1, Window = int.MaxValue } },
        new GenerationOptions { Dry = new DryOptions { Base = 1, AllowedLength = int.MaxValue, Window = 1, SequenceBreakers = [] } },
        new GenerationOptions { TopNSigma = float.MaxValue, TypicalP = 0 },
        new GenerationOptions { TopNSigma = float.Epsilon, TypicalP = 1 },
        new GenerationOptions { Xtc = new XtcOptions { Probability = 1, Threshold = 0 } },
        new GenerationOptions { Xtc = new XtcOptions { Probability = 0, Threshold = 1 } },
        new GenerationOptions { Temperature = float.MaxValue, DynamicTemperature = new DynamicTemperatureOptions { Range = 100, Exponent = 0 } },
        new GenerationOptions { Temperature = 1e-5f, DynamicTemperature = new DynamicTemperatureOptions { Range = 0, Exponent = 100 } },
        new GenerationOptions { Mirostat = new MirostatOptions { Version = 1, Tau = 0, Eta = 0 } },
        new GenerationOptions { Mirostat = new MirostatOptions { Version = 1, Tau = 100, Eta = 1 } },
        new GenerationOptions { Mirostat = new MirostatOptions { Version = 2, Tau = 100, Eta = 1 } },
        new GenerationOptions { LogitBias = new Dictionary<int, float> { [0] = float.MaxValue, [4095] = float.MinValue } });

    [Theory, MemberData(nameof(Bounds))]
    public void The_outermost_valid_values_are_taken(GenerationOptions options)
    {
        GenerateReply reply = _model.Generate("Hello", options with { Temperature = options.Temperature ?? 1, TopK = 0, TopP = 1, MinP = 0, Seed = 1, MaxOutputTokens = 12 });

        // It may be the end at once.
        Assert.InRange(reply.TokenIds.Count, 0, 12);
    }

    [Fact]
    public void Banning_every_token_ends_only_that_call()
    {
        Dictionary<int, float> all = Enumerable.Range(0, 4096).ToDictionary(token => token, _ => float.NegativeInfinity);
        IReadOnlyList<int> before = _model.Generate("Hello", Greedy).TokenIds;

        Assert.Throws<LocalLlmException>(() => _model.Generate("Hello", Greedy with { LogitBias = all }));
        Assert.Throws<LocalLlmException>(() => _model.Generate("Hello", new GenerationOptions { LogitBias = all }));
        Assert.Equal(before, _model.Generate("Hello", Greedy).TokenIds);
    }

    [Fact]
    public void A_biased_token_is_the_only_one_or_never_comes()
    {
        int first = _model.Generate("Hello", Greedy).TokenIds[0];

        Assert.DoesNotContain(first, _model.Generate("Hello", Greedy with { LogitBias = new Dictionary<int, float> { [first] = float.NegativeInfinity } }).TokenIds);
        Assert.All(_model.Generate("Hello", Greedy with { LogitBias = new Dictionary<int, float> { [1000] = 1e4f } }).TokenIds, token => Assert.Equal(1000, token));
    }

    [Fact]
    public void Penalties_change_greedy_text_too()
    {
        GenerationOptions forced = Greedy with { LogitBias = new Dictionary<int, float> { [1000] = 50 } };
        Assert.All(_model.Generate("Hello", forced).TokenIds, token => Assert.Equal(1000, token));
        IReadOnlyList<int> penalised = _model.Generate("Hello", forced with { FrequencyPenalty = 2 }).TokenIds;
        Assert.Equal(1000, penalised[0]);
        Assert.Contains(penalised, token => token != 1000);
        // The prompt holds it already, and the window is the prompt's end.
        int[] prompt = _model.Tokenize("Hello");
        GenerationOptions biased = Greedy with { LogitBias = new Dictionary<int, float> { [prompt[^1]] = 60, [1000] = 50 }, MaxOutputTokens = 1 };
        Assert.Equal(prompt[^1], Assert.Single(_model.Generate("Hello", biased).TokenIds));
        Assert.Equal(1000, Assert.Single(_model.Generate("Hello", biased with { RepetitionPenalty = 2 }).TokenIds));
    }

    [Fact]
    public void Every_option_of_a_chat_is_cloned_and_reaches_the_generation()
    {
        LocalChatOptions options = new()
        {
            MaxOutputTokens = 1, Temperature = 0.1f, TopK = 2, TopP = 0.3f, FrequencyPenalty = 0.4f, PresencePenalty = 0.5f, Seed = 6, StopSequences = ["7"],
            MinP = 0.8f,
            TypicalP = 0.9f,
            TopNSigma = 1.1f,
            DynamicTemperature = new DynamicTemperatureOptions { Range = 1.2f },
            Xtc = new XtcOptions { Threshold = 0.13f },
            Mirostat = new MirostatOptions { Tau = 1.4f },
            RepetitionPenalty = 1.5f,
            PenaltyWindow = 16,
            Dry = new DryOptions { Base = 1.7f },
            LogitBias = new Dictionary<int, float> { [18] = 1.8f },
            LogProbabilities = 19,
            Overflow = OverflowPolicy.Shift,
            Grammar = "root ::= \"20\"",
            TemplateOptions = new TemplateOptions { Name = "21" },
        };

        LocalChatOptions clone = Assert.IsType<LocalChatOptions>(options.Clone());
        GenerationOptions generation = ChatOptionsMapping.ToGenerationOptions(clone, sampler.Vocabulary);

        Assert.All(typeof(LocalChatOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly), property =>
        {
            Assert.NotNull(property.GetValue(options));
            Assert.Equal(property.GetValue(options), property.GetValue(clone));
        });
        // A chat that never ends is none.
        Assert.All(typeof(GenerationOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.Name != nameof(GenerationOptions.IgnoreEndOfGeneration)), property =>
            Assert.Equal(typeof(LocalChatOptions).GetProperty(property.Name)!.GetValue(options), property.GetValue(generation)));
        Assert.NotSame(options.LogitBias, clone.LogitBias);
    }

    [Fact]
    public void What_the_file_recommends_is_the_default()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("recommending.gguf");
        GgufFile.EditMetadata(TestModels.Guide, path, metadata =>
        {
            metadata.SetFloat32("general.sampling.penalty_repeat", 1.25f);
            metadata.SetInt32("general.sampling.penalty_last_n", -1);
            metadata.SetFloat32("general.sampling.xtc_probability", 0.25f);
            metadata.SetFloat32("general.sampling.xtc_threshold", 7);
            metadata.SetInt32("general.sampling.mirostat", 2);
            metadata.SetFloat32("general.sampling.mirostat_tau", 4);
            metadata.SetArray<int>("tokenizer.ggml.suppress_tokens", [1000, 99999]);
        });
        using GgufFile file = GgufFile.Open(path);
        SamplingDefaults defaults = SamplingDefaults.Of(file.Metadata);

        SamplingParameters parameters = new GenerationOptions().ToRequest([1], defaults, contextLength: 300, sampler.Vocabulary).Sampling;

        Assert.Equal((1.25f, 300), (parameters.RepetitionPenalty, parameters.PenaltyWindow));
        Assert.Equal(new XtcOptions { Probability = 0.25f, Threshold = 0.1f }, parameters.Xtc);
        Assert.Equal(new MirostatOptions { Version = 2, Tau = 4, Eta = 0.1f }, parameters.Mirostat);
        SamplingParameters off = new GenerationOptions { RepetitionPenalty = 1, Xtc = new XtcOptions { Probability = 0 }, Mirostat = new MirostatOptions { Version = 0 } }
            .ToRequest([1], defaults, contextLength: 300, sampler.Vocabulary).Sampling;
        Assert.Equal((1, null, null), (off.RepetitionPenalty, off.Xtc, off.Mirostat));

        // What the file bans is never drawn.
        using LocalModel model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 64 });
        Assert.DoesNotContain(1000, model.Generate("Hello", Greedy with { LogitBias = new Dictionary<int, float> { [1000] = 1e4f } }).TokenIds);
    }

    [Fact]
    public void Of_nothing_set_only_the_usual_is_on()
    {
        SamplingParameters parameters = new GenerationOptions { Seed = 5 }.ToRequest([1], new SamplingDefaults(), contextLength: 300, sampler.Vocabulary).Sampling;

        Assert.Equal(
            new SamplingParameters { Temperature = 0.8f, TopK = 40, TopP = 0.95f, MinP = 0.05f, PenaltyWindow = 64, MaxOutputTokens = 300, Seed = 5 },
            parameters);
    }
}
