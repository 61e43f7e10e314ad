using LocalLlm.Chat.Replies;
using LocalLlm.Chat.Schema;
using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>One chat call, read from its messages and options. All is copied: what follows may run on another thread.</summary>
/// <param name="Prompt">What the prompt is made of.</param>
/// <param name="Generation">How the answer is drawn.</param>
/// <param name="Tools">What it may call; null: nothing.</param>
/// <param name="Json">The JSON that it must be; null: any text.</param>
/// <param name="ShowsReasoning">Whether the caller wants the reasoning.</param>
internal sealed record ChatRequest(TemplateInput Prompt, GenerationOptions Generation, ToolChoice? Tools, ChatResponseFormatJson? Json, bool ShowsReasoning)
{
    /// <exception cref="ArgumentException">An option's value is not valid.</exception>
    /// <exception cref="NotSupportedException">The messages or options ask for what can't be done; of a schema, what no grammar can keep.</exception>
    internal static ChatRequest Of(IEnumerable<ChatMessage> messages, ChatOptions? options, ChatTemplate template, Vocabulary vocabulary)
    {
        ChatResponseFormatJson? json = options?.ResponseFormat as ChatResponseFormatJson;
        if (json?.Schema is { } schema)
        {
            // Now, so that the caller learns of what can't be kept at the call.
            _ = JsonGrammar.Of(schema);
        }

        return new ChatRequest(
            template.Input(messages, options),
            ChatOptionsMapping.ToGenerationOptions(options, vocabulary),
            ToolChoice.Of(options),
            json,
            options?.Reasoning?.Output != ReasoningOutput.None);
    }

    /// <summary>How the reply to a prompt is read.</summary>
    internal ReplySettings SettingsFor(string prompt) => new() { Functions = Functions, PromptEnd = prompt };

    /// <summary>What the reply to a prompt must match; null: anything.</summary>
    internal string? GrammarFor(string prompt, ReplyFormat format, IEnumerable<AddedToken> markup)
    {
        _ = (prompt, format, markup);
        return Json is null ? null : (Json.Schema is { } schema ? JsonGrammar.Of(schema) : JsonGrammar.Any).Text;
    }

    private IReadOnlyList<ReplyFunction> Functions => [.. Tools?.Functions.Select(f => new ReplyFunction(f.Name, f.JsonSchema)) ?? []];
}
