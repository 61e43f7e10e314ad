using LocalLlm.Chat.Replies;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Chat;

/// <summary>Tools, calls and their results as text, for templates that have no place for them.</summary>
/// <param name="format">How the model writes calls.</param>
internal sealed class ToolTexts(ReplyFormat format)
{
    private static readonly ShownCall Example = new(new StringValue("name"), TemplateMessages.Dict(("argument", "value")), new StringValue("call00001"));

    /// <summary>Puts the tools, and how to call them, into the system message.</summary>
    internal IReadOnlyList<DictValue> Declare(TemplateValue tools, IReadOnlyList<DictValue> messages)
    {
        StringValue text = Declaration(tools);
        return messages is [var system, ..] && TemplateMessages.IsOf(system, "system") && system.Find("content") is StringValue instructions
            ? [TemplateMessages.With(system, "content", TemplateMessages.Join(instructions, text)), .. messages.Skip(1)]
            : [TemplateMessages.Dict(("role", "system"), ("content", text)), .. messages];
    }

    /// <summary>Puts calls and results into the texts of messages.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="calls">Calls are to be text.</param>
    /// <param name="results">Results are to be text.</param>
    internal IEnumerable<DictValue> Replace(IEnumerable<DictValue> messages, bool calls, bool results)
    {
        if (!calls && !results)
        {
            return messages;
        }

        List<DictValue> replaced = [];
        bool isText = false;
        foreach (DictValue message in messages)
        {
            bool wasText = isText;
            isText = results && TemplateMessages.IsOf(message, "tool");
            DictValue next = isText ? ResultMessage(message) : calls ? CallMessage(message) : message;

            // What users say stands in one message: many templates want users and the model to take turns.
            if (wasText && TemplateMessages.IsOf(next, "user") && next.Find("content") is StringValue text && replaced[^1].Find("content") is StringValue before)
            {
                replaced[^1] = TemplateMessages.With(next, "content", TemplateMessages.Join(before, text));
                isText = true;
            }
            else
            {
                replaced.Add(next);
            }
        }

        return replaced;
    }

    private StringValue Declaration(TemplateValue tools)
    {
        TextBuilder text = new(evaluation: null);
        text.Append("You can call functions. To call one, write its name and its arguments like this, and nothing behind it; the result is told to you then:\n");
        format.Calls.Show(text, [Example]);
        text.Append("\n\nThe functions, each with the JSON schema of its arguments:");
        foreach (TemplateValue tool in tools.Iterate())
        {
            text.Append('\n').Append(ShownCall.Json(tool is DictValue dict ? dict.Find("function") ?? tool : tool));
        }

        return text.ToValue();
    }

    private DictValue CallMessage(DictValue message)
    {
        if (message.Find("tool_calls") is not ListValue { IsTrue: true } calls)
        {
            return message;
        }

        TextBuilder text = new(evaluation: null);
        format.Calls.Show(text, [.. calls.Iterate().Select(ShownCall.From)]);
        StringValue shown = message.Find("content") is StringValue { IsTrue: true } content ? TemplateMessages.Join(content, text.ToValue()) : text.ToValue();
        return CallMessages.Without(CallMessages.Without(message, "tool_calls"), "content", shown);
    }

    private static DictValue ResultMessage(DictValue message)
    {
        TextBuilder text = new(evaluation: null);
        text.Append("Result");
        if (message.Find("name") is StringValue name)
        {
            text.Append(" of ").Append(name);
        }

        text.Append(":\n").Append(message.Find("content")?.ToText(null) ?? StringValue.Empty);
        return TemplateMessages.Dict(("role", "user"), ("content", text.ToValue()));
    }
}
