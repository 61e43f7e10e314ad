using System.Text.Json;
using LocalLlm.Chat.Replies;
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

    private static readonly string[] ReasoningNames = [TemplateMessages.Reasoning, "thinking", "reasoning"];
    private static readonly ListValue NoList = new([]);

    private static readonly ListValue ProbedTools = new([TemplateMessages.Dict(
        ("type", "function"),
        ("function", TemplateMessages.Dict(
            ("name", Marker),
            ("description", "Looks."),
            ("parameters", TemplateMessages.Dict(("type", "object"), ("properties", new DictValue([])), ("required", NoList))))))]);

    private readonly Template _template;
    private readonly ToolTexts _texts;

    /// <param name="template">The template.</param>
    /// <param name="format">How its model writes calls.</param>
    internal TemplateHabits(Template template, ReplyFormat format)
    {
        _template = template;
        _texts = new ToolTexts(format);
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
        CallProbe[] forms = [new() { Arguments = asObject }, new() { Arguments = asText }, new() { Arguments = asObject, Content = "null" }, new() { Arguments = asText, Content = "null" }];
        int form = Array.FindIndex(forms, f => Shows(f.Messages));
        bool learns = form >= 0;

        // Where not even a question is shown, as of a template that needs variables, nothing can be learned: it gets all as it is.
        bool isUnknown = !showsUser && !TakesParts;
        ShowsCalls = learns || isUnknown;
        form = Math.Max(0, form);
        TakesNoneContent = form >= 2;
        TakesTextArguments = form % 2 == 1;
        CallProbe shown = forms[form];
        CallProbe empty = shown with { Arguments = shown.Arguments.Replace(Marker, "x", StringComparison.Ordinal) };
        TakesShortIds = learns && !Shows((shown with { Id = $"call_{shown.Id}" }).Messages);
        ShowsOneCall = learns && !Shows((shown with { OtherArguments = empty.Arguments }).Messages);
        ShowsResults = isUnknown || Shows((empty with { Result = Marker }).Messages);
        ReasoningName = learns ? Array.Find(ReasoningNames, name => Shows((empty with { Members = $"\"{name}\":\"{Marker}\",", EndsWithResult = true }).Messages)) : null;
        const string user = """{"role":"user","content":"Hi"}]""";
        ShowsTools = isUnknown || Shows($"[{user}", ProbedTools) || Shows($$"""[{"role":"system","content":"Be brief."},{{user}}""", ProbedTools);
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

    /// <summary>It shows the calls of a message.</summary>
    private bool ShowsCalls { get; }

    /// <summary>It shows only one call of a message.</summary>
    private bool ShowsOneCall { get; }

    /// <summary>It shows what calls gave.</summary>
    private bool ShowsResults { get; }

    /// <summary>It shows the tools that there are.</summary>
    private bool ShowsTools { get; }

    /// <summary>It takes only ids of nine letters and digits.</summary>
    private bool TakesShortIds { get; }

    /// <summary>Under which name it takes what the model thought before calls; null where it shows that under none.</summary>
    private string? ReasoningName { get; }

    /// <summary>The messages as the template takes them.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="tools">The tools; null where there are none.</param>
    internal ListValue Adapt(IReadOnlyList<DictValue> messages, TemplateValue? tools)
    {
        IEnumerable<DictValue> adapted = ShowsOneCall ? CallMessages.OneCallEach(messages) : messages;
        adapted = TakesShortIds ? adapted.Select(CallMessages.WithShortIds) : adapted;
        adapted = [.. _texts.Replace(adapted, calls: !ShowsCalls, results: !ShowsResults).Select(AdaptCalls)];
        if (tools is not null && !ShowsTools)
        {
            adapted = _texts.Declare(tools, [.. adapted]);
        }

        if (MergesSystem)
        {
            adapted = MergeSystem([.. adapted]);
        }

        return new ListValue([.. TakesParts ? adapted.Select(ToParts) : adapted]);
    }

    private static List<DictValue> MergeSystem(List<DictValue> messages)
    {
        if (messages is not [var system, ..] || !TemplateMessages.IsOf(system, "system") || system.Find("content") is not StringValue instructions)
        {
            return messages;
        }

        if (messages is not [_, var user, ..] || !TemplateMessages.IsOf(user, "user") || user.Find("content") is not StringValue text)
        {
            return [TemplateMessages.With(system, "role", "user"), .. messages[1..]];
        }

        StringValue both = TemplateMessages.Join(instructions, text);
        return [TemplateMessages.With(user, "content", both), .. messages[2..]];
    }

    private static DictValue ToParts(DictValue message) => message.Find("content") is StringValue text
        ? TemplateMessages.With(message, "content", new ListValue([TemplateMessages.Dict(("type", "text"), ("text", text))]))
        : message;

    private DictValue AdaptCalls(DictValue message)
    {
        if (message.Find("tool_calls") is not ListValue { IsTrue: true } calls)
        {
            return message;
        }

        if (ReasoningName is { } name && name != TemplateMessages.Reasoning && message.Find(TemplateMessages.Reasoning) is { } reasoning && message.Find("content") is not StringValue { IsTrue: true })
        {
            message = TemplateMessages.With(message, name, reasoning);
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
            TemplateValue list = TemplateValue.From(conversation.RootElement);
            Dictionary<string, TemplateValue> variables = new(SpecialTexts.None.Variables)
            {
                ["messages"] = TakesParts ? new ListValue([.. list.Iterate().Select(m => ToParts((DictValue)m))]) : list,
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
