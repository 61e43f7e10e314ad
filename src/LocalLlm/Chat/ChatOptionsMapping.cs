using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>Reads the options of a chat call. What would change the answer and can't be done is refused; a model id, reasoning effort and additional properties are hints, and ignored.</summary>
internal static class ChatOptionsMapping
{
    /// <exception cref="NotSupportedException">The options ask for something that this version does not do.</exception>
    internal static GenerationOptions ToGenerationOptions(ChatOptions? options)
    {
        if (options is null)
        {
            return new GenerationOptions();
        }

        Refuse(options.Tools is { Count: > 0 } && options.ToolMode is not NoneChatToolMode, nameof(options.Tools));
        Refuse(options.ResponseFormat is ChatResponseFormatJson, $"{nameof(options.ResponseFormat)} JSON");
        Refuse(options.FrequencyPenalty is not (null or 0), nameof(options.FrequencyPenalty));
        Refuse(options.PresencePenalty is not (null or 0), nameof(options.PresencePenalty));
        Refuse(options.ConversationId is not null, nameof(options.ConversationId));
        Refuse(options.ContinuationToken is not null, nameof(options.ContinuationToken));
        return new GenerationOptions
        {
            MaxOutputTokens = options.MaxOutputTokens,
            Temperature = options.Temperature,
            TopK = options.TopK,
            TopP = options.TopP,
            MinP = (options as LocalChatOptions)?.MinP,
            Seed = options.Seed,
            Grammar = (options as LocalChatOptions)?.Grammar,
            StopSequences = options.StopSequences is { } stops ? [.. stops] : null,
        };
    }

    private static void Refuse(bool isAsked, string option)
    {
        if (isAsked)
        {
            throw new NotSupportedException($"ChatOptions.{option} is not supported in this version of LocalLlm.");
        }
    }
}
