using Microsoft.Extensions.AI;

namespace LocalLlm;

/// <summary>What <see cref="ChatOptions"/> has no member for. Most mean what the property of the same name in <see cref="GenerationOptions"/> means.</summary>
/// <remarks>
/// Where only <see cref="ChatOptions"/> can be given, these can come by name in <see cref="ChatOptions.AdditionalProperties"/>:
/// min_p, typical_p, top_n_sigma, repeat_penalty, repeat_last_n, top_logprobs, mirostat, mirostat_tau, mirostat_eta, grammar.
/// </remarks>
public sealed class LocalChatOptions : ChatOptions
{
    /// <summary>Creates options with nothing set.</summary>
    public LocalChatOptions()
    {
    }

    private LocalChatOptions(ChatOptions? other)
        : base(other)
    {
    }

    private LocalChatOptions(LocalChatOptions other)
        : base(other)
    {
        MinP = other.MinP;
        Grammar = other.Grammar;
        TypicalP = other.TypicalP;
        TopNSigma = other.TopNSigma;
        DynamicTemperature = other.DynamicTemperature;
        Xtc = other.Xtc;
        Mirostat = other.Mirostat;
        RepetitionPenalty = other.RepetitionPenalty;
        PenaltyWindow = other.PenaltyWindow;
        Dry = other.Dry;
        LogitBias = other.LogitBias is null ? null : new Dictionary<int, float>(other.LogitBias);
        LogProbabilities = other.LogProbabilities;
        Overflow = other.Overflow;
        TemplateOptions = other.TemplateOptions;
    }

    /// <summary>Draws from tokens that are at least this probable, relative to the most probable one, 0 to 1; 0 is off. Null (default): the model's recommendation, else 0.05.</summary>
    public float? MinP { get; set; }

    /// <inheritdoc cref="GenerationOptions.TypicalP"/>
    public float? TypicalP { get; set; }

    /// <inheritdoc cref="GenerationOptions.TopNSigma"/>
    public float? TopNSigma { get; set; }

    /// <inheritdoc cref="GenerationOptions.DynamicTemperature"/>
    public DynamicTemperatureOptions? DynamicTemperature { get; set; }

    /// <inheritdoc cref="GenerationOptions.Xtc"/>
    public XtcOptions? Xtc { get; set; }

    /// <inheritdoc cref="GenerationOptions.Mirostat"/>
    public MirostatOptions? Mirostat { get; set; }

    /// <inheritdoc cref="GenerationOptions.RepetitionPenalty"/>
    public float? RepetitionPenalty { get; set; }

    /// <inheritdoc cref="GenerationOptions.PenaltyWindow"/>
    public int? PenaltyWindow { get; set; }

    /// <inheritdoc cref="GenerationOptions.Dry"/>
    public DryOptions? Dry { get; set; }

    /// <inheritdoc cref="GenerationOptions.LogitBias"/>
    public IReadOnlyDictionary<int, float>? LogitBias { get; set; }

    /// <summary>
    /// Tells how probable the model held each generated token, and as many of the most probable tokens in its place, 0 to
    /// 20: see <see cref="ChatReply.TokenLogProbabilities"/>. In a streamed answer the raw representation of an update is
    /// the list (<see cref="IReadOnlyList{T}"/>) of the <see cref="TokenLogProbability"/> of its tokens. Null (default):
    /// none are computed.
    /// </summary>
    public int? LogProbabilities { get; set; }

    /// <summary>What happens when the conversation or its answer does not fit into the context. Null (default): <see cref="OverflowPolicy.Throw"/>. With <see cref="OverflowPolicy.Shift"/> set MaxOutputTokens too: some models never end by themselves.</summary>
    public OverflowPolicy? Overflow { get; set; }

    /// <summary>A grammar in llama.cpp's GBNF that the whole answer must match, from its rule <c>root</c>. Null (default): none.</summary>
    public string? Grammar { get; set; }

    /// <summary>Which chat template makes the prompt, and with what. Null (default): the model's own.</summary>
    public TemplateOptions? TemplateOptions { get; set; }

    /// <summary>A copy of any options; with nothing set where there are none.</summary>
    internal static LocalChatOptions Copy(ChatOptions? options) => options is LocalChatOptions local ? new LocalChatOptions(local) : new LocalChatOptions(options);

    /// <inheritdoc/>
    public override ChatOptions Clone() => new LocalChatOptions(this);
}
