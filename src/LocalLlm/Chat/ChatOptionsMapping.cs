using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>Reads the options of a chat call. What would change the answer and can't be done is refused; a model id and additional properties that are not known are ignored.</summary>
internal static class ChatOptionsMapping
{
    /// <exception cref="ArgumentException">An option's value is not valid.</exception>
    /// <exception cref="NotSupportedException">The options ask for something that this version does not do.</exception>
    internal static GenerationOptions ToGenerationOptions(ChatOptions? options, Vocabulary vocabulary)
    {
        if (options is null)
        {
            return new GenerationOptions();
        }

        Refuse(options.ConversationId is not null, nameof(options.ConversationId));
        Refuse(options.ContinuationToken is not null, nameof(options.ContinuationToken));
        LocalChatOptions local = AdditionalOptions.Apply(options);
        if (local.Grammar is not null && (options.ResponseFormat is ChatResponseFormatJson || ToolChoice.Of(options) is { IsRequired: true }))
        {
            throw new ArgumentException(
                $"{nameof(LocalChatOptions)}.{nameof(LocalChatOptions.Grammar)} says what the whole answer is: it can't be given together with {nameof(ChatOptions.ResponseFormat)} JSON or a required call.", nameof(options));
        }

        GenerationOptions generation = new()
        {
            MaxOutputTokens = options.MaxOutputTokens,
            Temperature = options.Temperature,
            TopK = options.TopK,
            TopP = options.TopP,
            MinP = local.MinP,
            TypicalP = local.TypicalP,
            TopNSigma = local.TopNSigma,
            DynamicTemperature = local.DynamicTemperature,
            Xtc = local.Xtc,
            Mirostat = local.Mirostat,
            RepetitionPenalty = local.RepetitionPenalty,
            PenaltyWindow = local.PenaltyWindow,
            FrequencyPenalty = options.FrequencyPenalty,
            PresencePenalty = options.PresencePenalty,
            Dry = local.Dry,
            LogitBias = local.LogitBias,
            LogProbabilities = local.LogProbabilities,
            Overflow = local.Overflow ?? OverflowPolicy.Throw,
            Seed = options.Seed,
            Grammar = local.Grammar,
            StopSequences = options.StopSequences is { } stops ? [.. stops] : null,
        };
        generation.Validate(vocabulary);
        return generation;
    }

    private static void Refuse(bool isAsked, string option)
    {
        if (isAsked)
        {
            throw new NotSupportedException($"ChatOptions.{option} is not supported in this version of LocalLlm.");
        }
    }
}
