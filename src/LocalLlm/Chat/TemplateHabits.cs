using System.Text.Json;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Chat;

/// <summary>
/// Where a template differs from what most take, found by rendering small conversations with it: otherwise it would
/// refuse a conversation, or leave a part of it out without a word.
/// </summary>
internal sealed class TemplateHabits
{
    private const string Marker = "NEEDLE";
    private const string User = $$"""{"role":"user","content":"{{Marker}}"}""";

    private static readonly ListValue NoList = new([]);

    private readonly Template _template;

    internal TemplateHabits(Template template)
    {
        _template = template;
        bool showsUser = Shows($"[{User}]", NoneValue.Instance);
        bool wantsList = !showsUser && Shows($"[{User}]", NoList);
        NoTools = wantsList ? NoList : NoneValue.Instance;
        showsUser |= wantsList;
        MergesSystem = showsUser && !Shows($$"""[{"role":"system","content":"{{Marker}}"},{"role":"user","content":"Hi"}]""");
        TakesParts = !showsUser && Shows($$"""[{"role":"user","content":[{"type":"text","text":"{{Marker}}"}]}]""");
        const string asObject = $$"""{"a":"{{Marker}}"}""";
        const string asText = $$"""
            "{\"a\":\"{{Marker}}\"}"
            """;
        (string Content, string Arguments)[] forms = [("\"\"", asObject), ("\"\"", asText), ("null", asObject), ("null", asText)];
        int form = Math.Max(0, Array.FindIndex(forms, f => Shows(Calling(f.Content, f.Arguments))));
        TakesNoneContent = form >= 2;
        TakesTextArguments = form % 2 == 1;
    }

    /// <summary>What tools are where there are none: None, but for a template that goes through them without asking.</summary>
    internal TemplateValue NoTools { get; }

    /// <summary>It has no system message: that text goes before the first user message's.</summary>
    private bool MergesSystem { get; }

    /// <summary>It takes the content of a message only as a list of parts.</summary>
    private bool TakesParts { get; }

    /// <summary>It shows a message's calls only where the content is None, not empty.</summary>
    private bool TakesNoneContent { get; }

    /// <summary>It takes the arguments of a call only as the text of their JSON.</summary>
    private bool TakesTextArguments { get; }

    /// <summary>The messages as the template takes them.</summary>
    internal ListValue Adapt(IReadOnlyList<DictValue> messages)
    {
        IEnumerable<DictValue> adapted = messages.Select(AdaptCalls);
        if (MergesSystem)
        {
            adapted = MergeSystem([.. adapted]);
        }

        return new ListValue([.. TakesParts ? adapted.Select(ToParts) : adapted]);
    }

    private static string Calling(string content, string arguments) => $$$"""
        [{"role":"user","content":"Hi"},
         {"role":"assistant","content":{{{content}}},"tool_calls":[{"id":"call00001","type":"function","function":{"name":"look","arguments":{{{arguments}}}}}]},
         {"role":"tool","name":"look","tool_call_id":"call00001","content":"Found"},
         {"role":"assistant","content":"Yes"},{"role":"user","content":"Thanks"}]
        """;

    private static List<DictValue> MergeSystem(List<DictValue> messages)
    {
        if (messages is not [var system, ..] || !IsOf(system, "system") || system.Find("content") is not StringValue instructions)
        {
            return messages;
        }

        if (messages is not [_, var user, ..] || !IsOf(user, "user") || user.Find("content") is not StringValue text)
        {
            return [TemplateMessages.With(system, "role", "user"), .. messages[1..]];
        }

        StringValue both = StringValue.Of($"{instructions.Text}\n\n{text.Text}", isContent: true);
        return [TemplateMessages.With(user, "content", both), .. messages[2..]];
    }

    private static bool IsOf(DictValue message, string role) => message.Find("role") is StringValue { Text: var text } && text == role;

    private static DictValue ToParts(DictValue message) => message.Find("content") is StringValue text
        ? TemplateMessages.With(message, "content", new ListValue([TemplateMessages.Dict(("type", "text"), ("text", text))]))
        : message;

    private DictValue AdaptCalls(DictValue message)
    {
        if (message.Find("tool_calls") is not ListValue { IsTrue: true } calls)
        {
            return message;
        }

        if (TakesTextArguments)
        {
            message = TemplateMessages.With(message, "tool_calls", new ListValue([.. calls.Elements()!.Select(ToTextArguments)]));
        }

        return message.Find("content") switch
        {
            StringValue { IsTrue: false } when TakesNoneContent => TemplateMessages.With(message, "content", NoneValue.Instance),
            NoneValue when !TakesNoneContent => TemplateMessages.With(message, "content", StringValue.Empty),
            _ => message,
        };
    }

    private static TemplateValue ToTextArguments(TemplateValue call) =>
        call is DictValue dict && dict.Find("function") is DictValue function && function.Find("arguments") is DictValue arguments
            ? TemplateMessages.With(dict, "function", TemplateMessages.With(function, "arguments", JsonText.Of(arguments).AsContent()))
            : call;

    private bool Shows(string messages) => Shows(messages, NoTools);

    private bool Shows(string messages, TemplateValue tools)
    {
        using JsonDocument conversation = JsonDocument.Parse(messages);
        try
        {
            Dictionary<string, TemplateValue> variables = new(SpecialTexts.None.Variables)
            {
                ["messages"] = TemplateValue.From(conversation.RootElement),
                ["tools"] = tools,
                ["add_generation_prompt"] = false,
            };
            return _template.Render(new TemplateContext(variables)).Text.Contains(Marker, StringComparison.Ordinal);
        }
        catch (ChatTemplateException)
        {
            return false;
        }
    }
}
