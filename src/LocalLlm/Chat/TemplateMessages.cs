using System.Text.Json;
using LocalLlm.Chat.Templating;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>Messages as templates take them: all of their texts are content, but for the roles that templates know.</summary>
internal static class TemplateMessages
{
    /// <summary>The name of what the model thought, in a message.</summary>
    internal const string Reasoning = "reasoning_content";

    // A role often is half of a control token's text; an unknown one may come from anywhere.
    private static readonly string[] KnownRoles = ["system", "developer", "user", "assistant", "tool"];

    /// <summary>Copies the messages. The options' instructions, and what the answer's JSON must be, stand in the first system message.</summary>
    /// <exception cref="NotSupportedException">A message holds content that would be lost.</exception>
    internal static IReadOnlyList<DictValue> From(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        ArgumentNullException.ThrowIfNull(messages);
        List<DictValue> mapped = [];
        Dictionary<string, string> calledNames = [];
        foreach (ChatMessage message in messages)
        {
            ArgumentNullException.ThrowIfNull(message, nameof(messages));
            Add(message, mapped, calledNames);
        }

        Instruct(mapped, options?.Instructions, JsonInstructions.Of(options));
        return mapped;
    }

    /// <summary>Messages of a JSON array, each as it is.</summary>
    /// <exception cref="ArgumentException">It is no array of objects.</exception>
    internal static IReadOnlyList<DictValue> From(JsonElement messages)
    {
        if (messages.ValueKind != JsonValueKind.Array || messages.EnumerateArray().Any(m => m.ValueKind != JsonValueKind.Object))
        {
            throw new ArgumentException("Messages are a JSON array of objects.", nameof(messages));
        }

        return [.. messages.EnumerateArray().Select(m => WithKnownRole((DictValue)TemplateValue.From(m, isContent: true)))];
    }

    internal static bool IsOf(DictValue message, string role) => message.Find("role") is StringValue { Text: var text } && text == role;

    internal static DictValue With(DictValue message, string key, TemplateValue value) => new([.. message.Items, KeyValuePair.Create<TemplateValue, TemplateValue>(key, value)]);

    // One system message: many templates take no second one.
    private static void Instruct(List<DictValue> messages, string? instructions, string? format)
    {
        if (string.IsNullOrEmpty(instructions) && format is null)
        {
            return;
        }

        bool hasSystem = messages is [var first, ..] && IsOf(first, "system");
        string? own = hasSystem ? (messages[0].Find("content") as StringValue)?.Text : null;
        DictValue system = Message(ChatRole.System.Value, string.Join("\n\n", new[] { instructions, own, format }.Where(t => !string.IsNullOrEmpty(t))));
        if (hasSystem)
        {
            messages[0] = system;
        }
        else
        {
            messages.Insert(0, system);
        }
    }

    /// <summary>Two texts, with an empty line between them.</summary>
    internal static StringValue Join(StringValue first, StringValue second) => new TextBuilder(evaluation: null).Append(first).Append("\n\n").Append(second).ToValue();

    private static void Add(ChatMessage message, List<DictValue> mapped, Dictionary<string, string> calledNames)
    {
        List<TemplateValue> calls = [];
        string reasoning = "";
        bool hasResults = false;
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case DataContent or UriContent:
                    throw new NotSupportedException($"{content.GetType().Name} in a message is not supported in this version of LocalLlm.");
                case FunctionCallContent call:
                    calledNames[call.CallId] = call.Name;
                    calls.Add(Call(call));
                    break;
                case FunctionResultContent result:
                    hasResults = true;
                    mapped.Add(Result(result, calledNames));
                    break;
                case TextReasoningContent thought:
                    reasoning += thought.Text;
                    break;
            }
        }

        if (hasResults && calls.Count == 0 && message.Text.Length == 0)
        {
            return;
        }

        DictValue mappedMessage = Message(message.Role.Value, message.Text);
        if (reasoning.Length > 0)
        {
            mappedMessage = With(mappedMessage, Reasoning, Content(reasoning));
        }

        mapped.Add(calls.Count > 0 ? With(mappedMessage, "tool_calls", new ListValue(calls)) : mappedMessage);
    }

    private static DictValue Message(string role, string text) => WithKnownRole(Dict(("role", Content(role)), ("content", Content(text))));

    private static DictValue Call(FunctionCallContent call)
    {
        JsonElement arguments = ToJson(call.Arguments ?? new Dictionary<string, object?>(), typeof(IDictionary<string, object?>));
        return Dict(
            ("id", Content(call.CallId)),
            ("type", "function"),
            ("function", Dict(("name", Content(call.Name)), ("arguments", TemplateValue.From(arguments, isContent: true)))));
    }

    private static DictValue Result(FunctionResultContent result, Dictionary<string, string> calledNames)
    {
        string text = result.Result switch
        {
            null => "",
            string plain => plain,
            JsonElement { ValueKind: JsonValueKind.String } plain => plain.GetString()!,
            { } other => JsonText.Of(TemplateValue.From(ToJson(other, other.GetType()))).Text,
        };
        DictValue message = Dict(("role", ChatRole.Tool.Value), ("content", Content(text)), ("tool_call_id", Content(result.CallId)));
        return calledNames.TryGetValue(result.CallId, out string? name) ? With(message, "name", Content(name)) : message;
    }

    private static DictValue WithKnownRole(DictValue message) =>
        message.Find("role") is StringValue role && KnownRoles.Contains(role.Text) ? With(message, "role", role.Text) : message;

    internal static DictValue Dict(params (string Key, TemplateValue Value)[] items) =>
        new(items.Select(i => KeyValuePair.Create<TemplateValue, TemplateValue>(i.Key, i.Value)));

    private static StringValue Content(string text) => StringValue.Of(text, isContent: true);

    private static JsonElement ToJson(object value, Type type) => JsonSerializer.SerializeToElement(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(type));
}
