using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>The options of a call over those that hold where a call says nothing.</summary>
internal static class MergedOptions
{
    /// <summary>A copy of the first with what it leaves open taken from the second; neither is changed. Null where both are.</summary>
    internal static LocalChatOptions? Of(ChatOptions? call, ChatOptions? defaults)
    {
        if (call is null || defaults is null)
        {
            return (call ?? defaults) is { } only ? LocalChatOptions.From(only) : null;
        }

        LocalChatOptions merged = LocalChatOptions.From(call);
        LocalChatOptions rest = LocalChatOptions.From(defaults);
        FillCommon(merged, rest);
        FillLocal(merged, rest);
        return merged;
    }

    private static void FillCommon(LocalChatOptions merged, LocalChatOptions rest)
    {
        merged.ConversationId ??= rest.ConversationId;
        merged.Instructions ??= rest.Instructions;
        merged.Temperature ??= rest.Temperature;
        merged.MaxOutputTokens ??= rest.MaxOutputTokens;
        merged.TopP ??= rest.TopP;
        merged.TopK ??= rest.TopK;
        merged.FrequencyPenalty ??= rest.FrequencyPenalty;
        merged.PresencePenalty ??= rest.PresencePenalty;
        merged.Seed ??= rest.Seed;
        merged.Reasoning ??= rest.Reasoning;
        merged.ResponseFormat ??= rest.ResponseFormat;
        merged.ModelId ??= rest.ModelId;
        merged.StopSequences ??= rest.StopSequences;
        merged.AllowMultipleToolCalls ??= rest.AllowMultipleToolCalls;
        merged.ToolMode ??= rest.ToolMode;
        merged.Tools ??= rest.Tools;
        merged.ContinuationToken ??= rest.ContinuationToken;
        merged.AllowBackgroundResponses ??= rest.AllowBackgroundResponses;
        merged.RawRepresentationFactory ??= rest.RawRepresentationFactory;
        foreach ((string key, object? value) in rest.AdditionalProperties ?? [])
        {
            (merged.AdditionalProperties ??= []).TryAdd(key, value);
        }
    }

    private static void FillLocal(LocalChatOptions merged, LocalChatOptions rest)
    {
        merged.MinP ??= rest.MinP;
        merged.TypicalP ??= rest.TypicalP;
        merged.TopNSigma ??= rest.TopNSigma;
        merged.DynamicTemperature ??= rest.DynamicTemperature;
        merged.Xtc ??= rest.Xtc;
        merged.Mirostat ??= rest.Mirostat;
        merged.RepetitionPenalty ??= rest.RepetitionPenalty;
        merged.PenaltyWindow ??= rest.PenaltyWindow;
        merged.Dry ??= rest.Dry;
        merged.LogitBias ??= rest.LogitBias;
        merged.LogProbabilities ??= rest.LogProbabilities;
        merged.Overflow ??= rest.Overflow;
        merged.Grammar ??= rest.Grammar;
        merged.TemplateOptions ??= rest.TemplateOptions;
    }
}
