using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat.Sessions;

/// <summary>A session's options in its file. Tools, and what makes native options, are code and stay out.</summary>
/// <param name="Chat">What <see cref="ChatOptions"/> has, in the form that Microsoft.Extensions.AI writes.</param>
/// <param name="Local">What <see cref="LocalChatOptions"/> adds.</param>
internal sealed record SavedOptions(JsonElement Chat, SavedOptions.LocalPart Local)
{
    private static readonly JsonTypeInfo<ChatOptions> Contract = (JsonTypeInfo<ChatOptions>)AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatOptions));

    internal static SavedOptions Of(LocalChatOptions options) => new(
        JsonSerializer.SerializeToElement(options, Contract),
        new LocalPart(
            options.MinP, options.TypicalP, options.TopNSigma, options.DynamicTemperature, options.Xtc, options.Mirostat, options.RepetitionPenalty, options.PenaltyWindow,
            options.Dry, options.LogitBias, options.LogProbabilities, options.Overflow, options.Grammar, options.TemplateOptions));

    /// <exception cref="JsonException">They are not options.</exception>
    internal LocalChatOptions Read()
    {
        LocalChatOptions options = LocalChatOptions.Copy(Chat.Deserialize(Contract));
        LocalPart local = Local ?? throw new JsonException("The session's options are not whole.");
        options.MinP = local.MinP;
        options.TypicalP = local.TypicalP;
        options.TopNSigma = local.TopNSigma;
        options.DynamicTemperature = local.DynamicTemperature;
        options.Xtc = local.Xtc;
        options.Mirostat = local.Mirostat;
        options.RepetitionPenalty = local.RepetitionPenalty;
        options.PenaltyWindow = local.PenaltyWindow;
        options.Dry = local.Dry;
        options.LogitBias = local.LogitBias;
        options.LogProbabilities = local.LogProbabilities;
        options.Overflow = local.Overflow;
        options.Grammar = local.Grammar;
        options.TemplateOptions = local.TemplateOptions;
        return options;
    }

    internal sealed record LocalPart(
        float? MinP,
        float? TypicalP,
        float? TopNSigma,
        DynamicTemperatureOptions? DynamicTemperature,
        XtcOptions? Xtc,
        MirostatOptions? Mirostat,
        float? RepetitionPenalty,
        int? PenaltyWindow,
        DryOptions? Dry,
        IReadOnlyDictionary<int, float>? LogitBias,
        int? LogProbabilities,
        OverflowPolicy? Overflow,
        string? Grammar,
        TemplateOptions? TemplateOptions);
}
