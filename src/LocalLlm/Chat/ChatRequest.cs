using System.Text.Json;
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
    private static readonly JsonElement AnyObject = JsonElement.Parse("""{"type":"object"}""");

    /// <exception cref="ArgumentException">An option's value is not valid.</exception>
    /// <exception cref="NotSupportedException">The messages or options ask for what can't be done; of a schema, what no grammar can keep.</exception>
    internal static ChatRequest Of(IEnumerable<ChatMessage> messages, ChatOptions? options, ChatTemplate template, Vocabulary vocabulary)
    {
        ChatResponseFormatJson? json = options?.ResponseFormat as ChatResponseFormatJson;
        if (json?.Schema is { } schema)
        {
            // Now, so that the caller learns of what can't be kept at the call.
            JsonGrammar.Check(schema);
        }

        return new ChatRequest(
            template.Input(messages, options),
            ChatOptionsMapping.ToGenerationOptions(options, vocabulary),
            ToolChoice.Of(options),
            json,
            options?.Reasoning?.Output != ReasoningOutput.None);
    }

    /// <summary>How the reply to a prompt is read.</summary>
    internal ReplySettings SettingsFor(string prompt) => new()
    {
        Functions = [.. Tools?.Functions.Select(f => new ReplyFunction(f.Name, f.JsonSchema)) ?? []],
        PromptEnd = prompt,
    };

    /// <summary>What the reply to a prompt must match; null: anything.</summary>
    internal string? GrammarFor(string prompt, ReplyFormat format, IEnumerable<AddedToken> markup) => format.Grammar(new ReplyGrammarOptions
    {
        Functions = [.. Callable.Select(f => new ReplyFunction(f.Name, KeptParameters(f)))],
        Mode = Tools is { IsRequired: true } ? CallMode.Required : CallMode.Auto,
        AllowsSeveralCalls = Tools is { AllowsSeveral: true },
        AnswersJson = Json is not null,
        AnswerSchema = Json?.Schema,
        PromptEnd = prompt,
        ControlTokens = [.. markup.Select(t => (t.Text, t.Id))],
    });

    private IEnumerable<AIFunctionDeclaration> Callable => Tools?.Functions.Where(f => Tools.RequiredName is null || f.Name == Tools.RequiredName) ?? [];

    /// <summary>What a grammar keeps of a function's parameters: their schema, or of one that no grammar can keep only that they are an object.</summary>
    /// <exception cref="NotSupportedException">The function is strict, and its schema holds what no grammar can keep.</exception>
    private static JsonElement KeptParameters(AIFunctionDeclaration function)
    {
        if (function.JsonSchema.ValueKind != JsonValueKind.Object)
        {
            return AnyObject;
        }

        try
        {
            JsonGrammar.Check(function.JsonSchema);
            return function.JsonSchema;
        }
        catch (NotSupportedException) when (!IsStrict(function))
        {
            return AnyObject;
        }
    }

    private static bool IsStrict(AIFunctionDeclaration function) =>
        function.AdditionalProperties.TryGetValue("strict", out object? strict) && strict is true or JsonElement { ValueKind: JsonValueKind.True };
}
