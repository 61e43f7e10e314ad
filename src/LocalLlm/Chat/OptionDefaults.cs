using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>The options of a call over those that hold where it says nothing.</summary>
internal static class OptionDefaults
{
    /// <summary>The call's options, and where it sets none the defaults. A list is one value; of additional properties each is.</summary>
    /// <exception cref="ArgumentException">A value that comes by name is not of its kind.</exception>
    internal static LocalChatOptions Under(ChatOptions? call, LocalChatOptions defaults)
    {
        // First what comes by name: else a default would go before what the call names.
        LocalChatOptions options = AdditionalOptions.Apply(call);
        defaults = AdditionalOptions.Apply(defaults);
        options.ConversationId ??= defaults.ConversationId;
        options.Instructions ??= defaults.Instructions;
        options.Temperature ??= defaults.Temperature;
        options.MaxOutputTokens ??= defaults.MaxOutputTokens;
        options.TopP ??= defaults.TopP;
        options.TopK ??= defaults.TopK;
        options.FrequencyPenalty ??= defaults.FrequencyPenalty;
        options.PresencePenalty ??= defaults.PresencePenalty;
        options.Seed ??= defaults.Seed;
        options.Reasoning ??= defaults.Reasoning;
        options.ResponseFormat ??= defaults.ResponseFormat;
        options.ModelId ??= defaults.ModelId;
        options.StopSequences ??= defaults.StopSequences;
        options.AllowMultipleToolCalls ??= defaults.AllowMultipleToolCalls;
        options.ToolMode ??= defaults.ToolMode;
        options.Tools ??= defaults.Tools;
        options.AllowBackgroundResponses ??= defaults.AllowBackgroundResponses;
        options.ContinuationToken ??= defaults.ContinuationToken;
        options.RawRepresentationFactory ??= defaults.RawRepresentationFactory;
        foreach ((string name, object? value) in defaults.AdditionalProperties ?? [])
        {
            (options.AdditionalProperties ??= []).TryAdd(name, value);
        }

        options.MinP ??= defaults.MinP;
        options.TypicalP ??= defaults.TypicalP;
        options.TopNSigma ??= defaults.TopNSigma;
        options.DynamicTemperature ??= defaults.DynamicTemperature;
        options.Xtc ??= defaults.Xtc;
        options.Mirostat ??= defaults.Mirostat;
        options.RepetitionPenalty ??= defaults.RepetitionPenalty;
        options.PenaltyWindow ??= defaults.PenaltyWindow;
        options.Dry ??= defaults.Dry;
        options.LogitBias ??= defaults.LogitBias;
        options.LogProbabilities ??= defaults.LogProbabilities;
        options.Overflow ??= defaults.Overflow;
        options.Grammar ??= defaults.Grammar;
        options.TemplateOptions ??= defaults.TemplateOptions;
        return options;
    }
}
