using System.Text;
using LocalLlm.Inference;

namespace LocalLlm;

/// <summary>
/// How text is generated. What is null is taken from the model file's own recommendation, else from the default named
/// here. What changes the choice of a token works in this order, llama.cpp's: logit bias, repetition, frequency and
/// presence penalty, DRY, top-n-sigma, top-k, typical, top-p, min-p, XTC, temperature, draw. At temperature 0 the most
/// probable token is taken after logit bias, penalties and DRY; the rest has nothing to do then.
/// </summary>
public sealed record GenerationOptions
{
    internal const float LeastRepetitionPenalty = 0.01f;
    internal const float MostRepetitionPenalty = 100;

    /// <summary>The most tokens to generate, at least 1. Null (default): as many as the context has room for.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Scales the randomness; 0 or less always takes the most probable token. Default 0.8.</summary>
    public float? Temperature { get; init; }

    /// <summary>Lets the temperature follow the model's certainty. Null (default): it stays the same.</summary>
    public DynamicTemperatureOptions? DynamicTemperature { get; init; }

    /// <summary>Draws from the K most probable tokens only; 0 or less is off. Default 40.</summary>
    public int? TopK { get; init; }

    /// <summary>Draws from the most probable tokens whose probabilities add up to this, 0 to 1; 1 is off. Default 0.95.</summary>
    public float? TopP { get; init; }

    /// <summary>Draws from tokens that are at least this probable, relative to the most probable one, 0 to 1; 0 is off. Default 0.05.</summary>
    public float? MinP { get; init; }

    /// <summary>Draws from the tokens whose surprise is nearest to the mean and whose probabilities add up to this (locally typical sampling, arXiv 2202.00666), 0 to 1; 1 is off. Default 1.</summary>
    public float? TypicalP { get; init; }

    /// <summary>Draws from tokens whose logits are within this many standard deviations of the greatest (arXiv 2411.07641); 0 or less is off. Default 0.</summary>
    public float? TopNSigma { get; init; }

    /// <summary>Now and then takes away the most probable tokens. Default: off.</summary>
    public XtcOptions? Xtc { get; init; }

    /// <summary>Keeps the text's mean surprise near a target, in place of the truncations. Default: off.</summary>
    public MirostatOptions? Mirostat { get; init; }

    /// <summary>
    /// Divides the positive and multiplies the negative logits of tokens that are among the last <see cref="PenaltyWindow"/>
    /// tokens of prompt and output (arXiv 1909.05858), 0.01 to 100; 1 is off. Control tokens of the prompt don't count. Default 1.
    /// </summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>How many of the last tokens <see cref="RepetitionPenalty"/> looks at; −1: all of the context; 0 is off. Default 64.</summary>
    public int? PenaltyWindow { get; init; }

    /// <summary>Taken off the logit of each token generated so far, as often as it was generated, −2 to 2; the prompt doesn't count. Default 0: off.</summary>
    public float? FrequencyPenalty { get; init; }

    /// <summary>Taken off the logit of each token generated so far, once, −2 to 2; the prompt doesn't count. Default 0: off.</summary>
    public float? PresencePenalty { get; init; }

    /// <summary>Penalises the continuation of repeated sequences. Null (default): off.</summary>
    public DryOptions? Dry { get; init; }

    /// <summary>Added to the logits of these tokens, by token id: a finite number, or <see cref="float.NegativeInfinity"/>, which bans the token. Null (default): none.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>
    /// Tells how probable the model held each generated token, and as many of the most probable tokens in its place,
    /// 0 to 20: see <see cref="GenerateReply.TokenLogProbabilities"/>; a stream of text tells none. The probabilities are the model's own, before any
    /// option changes them. Null (default): none are computed.
    /// </summary>
    public int? LogProbabilities { get; init; }

    /// <summary>
    /// Seed of the random draws. Equal seeds and options give equal text on the same machine and build, while no other
    /// call runs beside; for that the prompt is read anew, and nothing is taken from the KV cache. The value is folded to
    /// 32 bits. Null (default): another seed for each call.
    /// </summary>
    public long? Seed { get; init; }

    /// <summary>Texts that end the generation; they are not part of the result. Null (default): none.</summary>
    public IReadOnlyList<string>? StopSequences { get; init; }

    /// <summary>What happens when the context is full: <see cref="OverflowPolicy.Throw"/> (default) or <see cref="OverflowPolicy.Shift"/>; the others are for chats. With <see cref="OverflowPolicy.Shift"/> set MaxOutputTokens too: some models never end by themselves.</summary>
    public OverflowPolicy Overflow { get; init; }

    /// <summary>Goes on where the model would end its text, up to a limit or a stop sequence; for measurements. Default false.</summary>
    public bool IgnoreEndOfGeneration { get; init; }

    /// <summary>
    /// A grammar in llama.cpp's GBNF that the whole text must match, from its rule <c>root</c>. The text ends where the
    /// grammar does; an output limit or a stop sequence may end it earlier. Null (default): none.
    /// </summary>
    public string? Grammar { get; init; }

    internal void Validate(Vocabulary vocabulary)
    {
        OptionRange.Check(MaxOutputTokens, 1, int.MaxValue, nameof(MaxOutputTokens));
        OptionRange.CheckFinite(Temperature, nameof(Temperature));
        OptionRange.Check(TopP, 0, 1, nameof(TopP));
        OptionRange.Check(MinP, 0, 1, nameof(MinP));
        OptionRange.Check(TypicalP, 0, 1, nameof(TypicalP));
        OptionRange.CheckFinite(TopNSigma, nameof(TopNSigma));
        OptionRange.Check(RepetitionPenalty, LeastRepetitionPenalty, MostRepetitionPenalty, nameof(RepetitionPenalty));
        OptionRange.Check(PenaltyWindow, -1, int.MaxValue, nameof(PenaltyWindow));
        OptionRange.Check(FrequencyPenalty, -2, 2, nameof(FrequencyPenalty));
        OptionRange.Check(PresencePenalty, -2, 2, nameof(PresencePenalty));
        OptionRange.Check(LogProbabilities, 0, 20, nameof(LogProbabilities));
        OptionRange.CheckDefined(Overflow, nameof(Overflow));
        DynamicTemperature?.Validate(nameof(DynamicTemperature));
        Xtc?.Validate(nameof(Xtc));
        Mirostat?.Validate(nameof(Mirostat));
        Dry?.Validate(nameof(Dry));
        ValidateStopSequences();
        ReadGrammar()?.ResolveTokens(vocabulary);
        if (LogitBias is null)
        {
            return;
        }

        foreach ((int token, float bias) in LogitBias)
        {
            OptionRange.Check<int>(token, 0, vocabulary.Count - 1, nameof(LogitBias));
            OptionRange.Check<float>(bias, float.NegativeInfinity, float.MaxValue, nameof(LogitBias));
        }
    }

    internal GenerationRequest ToRequest(int[] prompt, SamplingDefaults defaults, int contextLength, Vocabulary vocabulary) => new(
        prompt,
        MaxOutputTokens,
        ToSampling(defaults, contextLength),
        ReadGrammar()?.For(vocabulary),
        [.. (StopSequences ?? []).Select(Encoding.UTF8.GetBytes)],
        IsReproducible: Seed is not null,
        Overflow == OverflowPolicy.Shift ? OverflowPolicy.Shift : OverflowPolicy.Throw,
        IgnoreEndOfGeneration);

    private void ValidateStopSequences()
    {
        if (StopSequences?.Any(string.IsNullOrEmpty) == true)
        {
            throw new ArgumentException("A stop sequence must not be empty.", nameof(StopSequences));
        }
    }

    private SamplingParameters ToSampling(SamplingDefaults defaults, int contextLength)
    {
        XtcOptions? xtc = Xtc ?? defaults.Xtc;
        MirostatOptions? mirostat = Mirostat ?? defaults.Mirostat;
        return new SamplingParameters
        {
            // Copies: the caller's may change while the call runs.
            LogitBias = LogitBias is { Count: > 0 } ? new Dictionary<int, float>(LogitBias) : null,
            RepetitionPenalty = RepetitionPenalty ?? defaults.RepetitionPenalty,
            PenaltyWindow = Window(PenaltyWindow ?? defaults.PenaltyWindow),
            FrequencyPenalty = FrequencyPenalty ?? 0,
            PresencePenalty = PresencePenalty ?? 0,
            MaxOutputTokens = Math.Min(MaxOutputTokens ?? contextLength, contextLength),
            Dry = Dry is { IsOff: false } ? Dry with { Window = Window(Dry.Window), SequenceBreakers = [.. Dry.SequenceBreakers] } : null,
            TopNSigma = Math.Max(0, TopNSigma ?? 0),
            TopK = Math.Max(0, TopK ?? defaults.TopK),
            TypicalP = TypicalP ?? 1,
            TopP = TopP ?? defaults.TopP,
            MinP = MinP ?? defaults.MinP,
            Xtc = xtc is { IsOff: false } ? xtc : null,
            Temperature = Math.Max(0, Temperature ?? defaults.Temperature),
            DynamicTemperature = DynamicTemperature,
            Mirostat = mirostat is { IsOff: false } ? mirostat : null,
            Seed = Fold(Seed ?? Random.Shared.NextInt64()),
            LogProbabilities = LogProbabilities,
        };

        // llama.cpp allocates what it is told, and ends the process where that fails.
        int Window(int tokens) => tokens < 0 ? contextLength : Math.Min(tokens, contextLength);
    }

    private Grammar? ReadGrammar() => Grammar is { } text ? Inference.Grammar.Parse(text) : null;

    // llama.cpp takes 0xFFFFFFFF for "a random seed".
    private static uint Fold(long seed) => Math.Min((uint)(seed ^ (seed >> 32)), uint.MaxValue - 1);
}
