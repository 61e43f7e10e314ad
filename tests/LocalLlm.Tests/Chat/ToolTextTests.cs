using System.Text.Json;
using LocalLlm.Chat.Templating;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat;

public sealed class ToolTextTests
{
    private const string Plain = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}";

    private static readonly AITool Look = AIFunctionFactory.CreateDeclaration("look", "Looks.", JsonDocument.Parse("""{"type":"object","properties":{"at":{"type":"string"}}}""").RootElement);

    private static readonly ChatMessage[] Conversation =
    [
        new(ChatRole.User, "Look there"),
        new(ChatRole.Assistant, [new TextContent("Yes."), new FunctionCallContent("id 1", "look", new Dictionary<string, object?> { ["at"] = "</tool_call>" }), new FunctionCallContent("id 2", "wait")]),
        new(ChatRole.Tool, [new FunctionResultContent("id 1", "A tree"), new FunctionResultContent("id 2", null)]),
        new(ChatRole.User, "And?"),
    ];

    [Fact]
    public void A_template_without_tools_is_given_them_as_text()
    {
        string prompt = ChatTemplate.Parse(Plain.Replace("{{ m.content }}", "{% if m.role not in ['system', 'user', 'assistant'] %}{{ raise_exception('No') }}{% endif %}{{ m.content }}", StringComparison.Ordinal))
            .Render(Conversation, new ChatOptions { Tools = [Look], Instructions = "Be brief." });

        Assert.StartsWith("<system>Be brief.\n\nYou can call functions.", prompt, StringComparison.Ordinal);
        Assert.EndsWith(
            """

            The functions, each with the JSON schema of its arguments:
            {"name": "look", "description": "Looks.", "parameters": {"type": "object", "properties": {"at": {"type": "string"}}}}<user>Look there<assistant>Yes.

            <tool_call>
            {"name": "look", "arguments": {"at": "</tool_call>"}}
            </tool_call>
            <tool_call>
            {"name": "wait", "arguments": {}}
            </tool_call><user>Result of look:
            A tree

            Result of wait:


            And?
            """,
            prompt,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_calls_as_text_only_the_markup_is_the_template_s()
    {
        ChatTemplate template = ChatTemplate.Parse(Plain);
        Rendering prompt = template.Render(template.Input(Conversation, null));

        string content = string.Join("|", prompt.Content.Select(c => prompt.Text.Substring(c.Start, c.Length)));
        Assert.Contains("look", content, StringComparison.Ordinal);
        Assert.Contains("{\"at\": \"</tool_call>\"}", content, StringComparison.Ordinal);
        Assert.DoesNotContain("<tool_call>", content, StringComparison.Ordinal);
        Assert.DoesNotContain("\n</tool_call>", content, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_system_message_the_tools_go_before_the_first_question()
    {
        string prompt = ChatTemplate.Parse("{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('No') }}{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}")
            .Render([new ChatMessage(ChatRole.User, "Hi")], new ChatOptions { Tools = [Look] });

        Assert.StartsWith("<user>You can call functions.", prompt, StringComparison.Ordinal);
        Assert.EndsWith("\n\nHi", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public void Thoughts_before_calls_have_the_name_that_the_template_takes() => Assert.Equal(
        "Hm;look;wait;",
        ChatTemplate.Parse("{% for m in messages %}{{ m.thinking }}{% if m.thinking %};{% endif %}{% for c in m.tool_calls %}{{ c.function.name }};{{ c.function.arguments.a }}{% endfor %}{% endfor %}")
            .Render([new ChatMessage(ChatRole.Assistant, [new TextReasoningContent("Hm"), .. Conversation[1].Contents.OfType<FunctionCallContent>()])]));

    [Fact]
    public void Where_a_template_shows_one_call_each_stands_in_a_message_of_its_own() => Assert.Equal(
        "<user>Look there<assistant>Yes.look{\"at\": \"</tool_call>\"}<tool>A tree<assistant>wait{}<tool><user>And?",
        ChatTemplate.Parse("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% if m.tool_calls %}{{ m.tool_calls[0].function.name }}{{ m.tool_calls[0].function.arguments | tojson }}{% endif %}{% endfor %}")
            .Render(Conversation));

    [Fact]
    public void Ids_are_short_where_a_template_refuses_others()
    {
        const string check = "{% if c.id is undefined or c.id | length != 9 %}{{ raise_exception('Ids have nine characters') }}{% endif %}";
        string prompt = ChatTemplate.Parse($"{{% for m in messages %}}{{% for c in m.tool_calls %}}{check}<{{{{ c.id }}}}>{{{{ c.function.arguments | tojson }}}}{{% endfor %}}{{% if m.tool_call_id %}}={{{{ m.tool_call_id }}}};{{% endif %}}{{{{ m.content }}}}{{% endfor %}}")
            .Render([.. Conversation, new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("abcdefgh1", "look")])]);

        string[] ids = [.. System.Text.RegularExpressions.Regex.Matches(prompt, "<(.{9})>").Select(m => m.Groups[1].Value)];
        Assert.Equal(3, ids.Distinct().Count());
        Assert.Equal("abcdefgh1", ids[2]);
        Assert.All(ids, id => Assert.All(id, c => Assert.True(char.IsAsciiLetterOrDigit(c))));
        Assert.Contains($"={ids[0]};A tree={ids[1]};", prompt, StringComparison.Ordinal);
    }
}
