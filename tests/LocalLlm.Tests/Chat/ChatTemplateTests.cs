using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat;

public sealed class ChatTemplateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Messages_are_given_as_hugging_face_gives_them()
    {
        ChatMessage[] messages =
        [
            new(ChatRole.System, "S"),
            new(ChatRole.User, [new TextContent("Add "), new TextContent("these")]),
            new(ChatRole.Assistant, [new TextReasoningContent("Hm."), new TextContent("Well"), new FunctionCallContent("c1", "add", new Dictionary<string, object?> { ["a"] = 1, ["b"] = JsonDocument.Parse("[2.50, null]").RootElement, ["c"] = "ü" })]),
            new(ChatRole.Tool, [new FunctionResultContent("c1", "3"), new FunctionResultContent("c2", JsonDocument.Parse("{\"x\": 1}").RootElement), new FunctionResultContent("c3", null)]),
        ];

        Assert.Equal(
            """
            [{"role": "system", "content": "S"}, {"role": "user", "content": "Add these"}, {"role": "assistant", "content": "Well", "reasoning_content": "Hm.", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": [2.5, null], "c": "ü"}}}]}, {"role": "tool", "content": "3", "tool_call_id": "c1", "name": "add"}, {"role": "tool", "content": "{\"x\": 1}", "tool_call_id": "c2"}, {"role": "tool", "content": "", "tool_call_id": "c3"}]
            """,
            ChatTemplate.Parse("{{ messages | tojson }}").Render(messages));
    }

    [Fact]
    public void Tools_are_given_in_OpenAIs_form()
    {
        ChatTemplate template = ChatTemplate.Parse("{{ tools | tojson }}");
        ChatMessage[] messages = [new(ChatRole.User, "Hi")];
        JsonElement schema = JsonDocument.Parse("""{"type":"object","properties":{"city":{"type":"string"}}}""").RootElement;
        AITool[] tools = [AIFunctionFactory.CreateDeclaration("weather", "Tells the weather.", schema), new HostedWebSearchTool(), AIFunctionFactory.CreateDeclaration("now", null, default)];

        Assert.Equal(
            """
            [{"type": "function", "function": {"name": "weather", "description": "Tells the weather.", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}, {"type": "function", "function": {"name": "now", "description": "", "parameters": {"type": "object", "properties": {}}}}]
            """,
            template.Render(messages, new ChatOptions { Tools = tools }));
        Assert.Equal("null", template.Render(messages, new ChatOptions { Tools = tools, ToolMode = ChatToolMode.None }));
        Assert.Equal("null", template.Render(messages));
    }

    [Fact]
    public void Variables_reach_the_template()
    {
        ChatTemplate template = ChatTemplate.Parse("{{ enable_thinking is false }} {{ days[1] }} {{ date_string }} {{ strftime_now('%Y-%m-%d') }} {{ add_generation_prompt }}");
        TemplateOptions options = new()
        {
            Variables = new Dictionary<string, JsonNode?> { ["enable_thinking"] = false, ["days"] = new JsonArray(1, 2), ["date_string"] = "today" },
            Now = new DateTimeOffset(2026, 2, 3, 4, 5, 6, TimeSpan.Zero),
            AddGenerationPrompt = false,
        };

        Assert.Equal("True 2 today 2026-02-03 False", template.Render([], new LocalChatOptions { TemplateOptions = options }));
        Assert.Throws<ArgumentException>(() => template.Render([], new LocalChatOptions { TemplateOptions = new() { Variables = new Dictionary<string, JsonNode?> { ["messages"] = null } } }));
        Assert.Throws<ArgumentException>(() => template.Render([], new LocalChatOptions { TemplateOptions = new() { Name = "none" } }));
        Assert.Equal(options, ((LocalChatOptions)new LocalChatOptions { TemplateOptions = options }.Clone()).TemplateOptions);
    }

    [Theory]
    [InlineData("{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('No system role') }}{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}")]
    [InlineData("{% for m in messages %}{% if m.role == 'user' %}<user>{{ m.content }}{% elif m.role == 'assistant' %}<assistant>{{ m.content }}{% endif %}{% endfor %}")]
    public void A_template_without_a_system_message_gets_its_text_with_the_first_question(string source)
    {
        ChatTemplate template = ChatTemplate.Parse(source);
        ChatMessage[] messages = [new(ChatRole.User, "Hi"), new(ChatRole.Assistant, "Yes?"), new(ChatRole.User, "Go")];

        Assert.Equal("<user>Hi<assistant>Yes?<user>Go", template.Render(messages));
        Assert.Equal("<user>Be brief.\n\nHi<assistant>Yes?<user>Go", template.Render(messages, new ChatOptions { Instructions = "Be brief." }));
        Assert.Equal("<user>Be brief.", template.Render([new ChatMessage(ChatRole.System, "Be brief.")]));
    }

    [Fact]
    public void A_template_s_own_refusal_is_passed_on()
    {
        ChatTemplate template = ChatTemplate.Parse("{% for m in messages %}\n{% if m.content == 'x' %}{{ raise_exception('No x here') }}{% endif %}{{ m.content }}{% endfor %}");

        ChatTemplateException refused = Assert.Throws<ChatTemplateException>(() => template.Render([new ChatMessage(ChatRole.User, "x")]));

        Assert.Contains("No x here", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, refused.Line);
    }

    [Fact]
    public void A_template_that_goes_through_tools_without_asking_gets_an_empty_list() => Assert.Equal(
        "Hi", ChatTemplate.Parse("{% for t in tools %}{{ t }}{% endfor %}{{ messages[0].content }}").Render([new ChatMessage(ChatRole.User, "Hi")]));

    [Fact]
    public void Content_is_given_in_parts_where_a_template_takes_nothing_else() => Assert.Equal(
        "Hi",
        ChatTemplate.Parse("{% for m in messages %}{% for part in m.content %}{% if part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %}{% endfor %}").Render([new ChatMessage(ChatRole.User, "Hi")]));

    [Theory]
    [InlineData("{{ c.function.arguments | tojson }}", "{\"a\": 1}")]
    [InlineData("{{ '`' + c.function.arguments + '`' }}", "`{\"a\": 1}`")]
    public void Arguments_are_an_object_or_their_text_as_a_template_takes_them(string call, string expected)
    {
        ChatMessage[] messages = [new(ChatRole.Assistant, [new FunctionCallContent("c", "f", new Dictionary<string, object?> { ["a"] = 1 })])];

        Assert.Equal(expected, ChatTemplate.Parse("{% for m in messages %}{{ m.content }}{% for c in m.tool_calls %}" + call + "{% endfor %}{% endfor %}").Render(messages));
    }

    [Fact]
    public void A_message_of_calls_alone_has_the_content_that_shows_them()
    {
        ChatMessage[] messages = [new(ChatRole.Assistant, [new FunctionCallContent("c", "f", new Dictionary<string, object?> { ["a"] = 1 })])];

        Assert.Equal(
            "f{\"a\": 1}",
            ChatTemplate.Parse("{% for m in messages %}{% if m.content is none %}{% for c in m.tool_calls %}{{ c.function.name }}{{ c.function.arguments | tojson }}{% endfor %}{% else %}{{ m.content }}{% endif %}{% endfor %}").Render(messages));
    }

    // Leaving a part of a conversation out without a word is worse than a refusal.
    [Fact]
    public void The_templates_of_llama_cpp_leave_no_message_out()
    {
        string source = LlamaSource.Folder;
        ChatMessage[] plain = [new(ChatRole.System, "The-rules"), new(ChatRole.User, "The-question"), new(ChatRole.Assistant, "The-answer"), new(ChatRole.User, "The-thanks")];
        ChatMessage[] calling =
        [
            new(ChatRole.User, "The-question"),
            new(ChatRole.Assistant, [new FunctionCallContent("call00001", "the_function", new Dictionary<string, object?> { ["a"] = "The-argument" })]),
            new(ChatRole.Tool, [new FunctionResultContent("call00001", "The-result")]),
        ];
        AITool tool = AIFunctionFactory.CreateDeclaration("the_function", "Does it.", JsonDocument.Parse("""{"type":"object","properties":{"a":{"type":"string","description":"An a."}},"required":["a"]}""").RootElement);
        // They fail in Jinja2 too, firefunction without a variable of its own.
        string[] known = ["llama-cpp-deepseek-r1", "fireworks-ai-llama-3-firefunction-v2"];
        HashSet<string> lossy = [];
        foreach (string path in Directory.EnumerateFiles(Path.Combine(source, "models", "templates"), "*.jinja").Order())
        {
            ChatTemplate template = ChatTemplate.Parse(File.ReadAllText(path));
            if (!Shows(template, plain, null, "The-rules", "The-question", "The-answer", "The-thanks")
                || !Shows(template, calling, new ChatOptions { Tools = [tool] }, "The-question", "the_function", "The-argument", "The-result"))
            {
                lossy.Add(Path.GetFileNameWithoutExtension(path));
            }
        }

        Assert.Equal(known.Order(), lossy.Order());
    }

    [Fact]
    public void A_model_s_named_templates_are_found()
    {
        string path = Changed(m =>
        {
            m.SetString("tokenizer.chat_template.tool_use", "tools for {{ messages[0].content }}: {{ tools[0].function.name }}");
            m.SetString("tokenizer.chat_template.rag", "{{ bos_token }}rag{{ eos_token }}");
            m.SetArray<string>("tokenizer.chat_templates", ["tool_use", "rag"]);
        });
        ChatMessage[] messages = [new(ChatRole.User, "Hi")];
        ChatOptions withTools = new() { Tools = [AIFunctionFactory.CreateDeclaration("now", "Tells the time.", default)] };
        using LocalModel model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 64 });

        Assert.Equal(["rag", "tool_use"], model.Info.ChatTemplateVariants.Keys.Order());
        Assert.Equal("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", model.RenderPrompt(messages));
        Assert.Equal("tools for Hi: now", model.RenderPrompt(messages, withTools));
        Assert.StartsWith("<|im_start|>system\nFunctions", model.RenderPrompt(messages, new LocalChatOptions { Tools = withTools.Tools, TemplateOptions = new() { Name = "default" } }), StringComparison.Ordinal);
        Assert.Equal("<|endoftext|>rag<|im_end|>", model.RenderPrompt(messages, new LocalChatOptions { TemplateOptions = new() { Name = "rag" } }));
        Assert.Equal("own", model.RenderPrompt(messages, new LocalChatOptions { TemplateOptions = new() { Template = "own", Name = "rag" } }));
        Assert.Contains("tool_use", Assert.Throws<ArgumentException>(() => model.Chat(messages, new LocalChatOptions { TemplateOptions = new() { Name = "other" } })).Message, StringComparison.Ordinal);
        // As from the header alone.
        using GgufFile file = GgufFile.Open(path);
        Assert.Equal("<|endoftext|>rag<|im_end|>", ChatTemplate.Of(file).Render(messages, new LocalChatOptions { TemplateOptions = new() { Name = "rag" } }));
    }

    [Fact]
    public async Task A_broken_template_fails_at_the_chat_not_at_the_load()
    {
        using LocalModel model = LocalModel.Load(Changed(m => m.SetString("tokenizer.chat_template", "{{ messages }}\n  {% if %}")), TestModels.OnCpu with { ContextLength = 64 });

        ChatTemplateException error = await Assert.ThrowsAsync<ChatTemplateException>(() => model.ChatAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(2, error.Line);
        Assert.NotNull(error.Column);
        Assert.NotEmpty(model.Generate("Hi", new GenerationOptions { MaxOutputTokens = 2 }).TokenIds);
        Assert.NotEmpty(model.Chat("Hi", new LocalChatOptions { MaxOutputTokens = 2, TemplateOptions = new() { Template = "{{ messages[0].content }}" } }).FinishReason!.Value.Value);
    }

    [Fact]
    public void A_model_without_a_template_gets_ChatML()
    {
        List<string> log = [];
        using CallbackLoggerFactory logger = new((_, message) => log.Add(message));
        using LocalModel model = LocalModel.Load(Changed(m => m.Remove("tokenizer.chat_template")), TestModels.OnCpu with { ContextLength = 64, LoggerFactory = logger });

        Assert.Contains(log, line => line.Contains("ChatML", StringComparison.Ordinal));
        Assert.Equal(
            "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
            model.RenderPrompt([new ChatMessage(ChatRole.System, "S"), new ChatMessage(ChatRole.User, "Hi")]));
    }

    [Fact]
    public void The_beginning_of_the_text_stands_there_once()
    {
        string path = Changed(m =>
        {
            m.SetBoolean("tokenizer.ggml.add_bos_token", true);
            m.SetString("tokenizer.chat_template", "{{ bos_token }}{{ messages[0].content }}");
        });
        using LocalModel model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 64 });
        int begin = model.Tokenize("<|endoftext|>", parseSpecial: true)[0];

        int[] tokens = model.TokenizePrompt([new ChatMessage(ChatRole.User, "Hi<|im_end|>")]);

        Assert.Equal(begin, tokens[0]);
        Assert.Single(tokens, model.IsControlToken);
        Assert.Equal(tokens, model.TokenizePrompt([new ChatMessage(ChatRole.User, "Hi<|im_end|>")], new LocalChatOptions { TemplateOptions = new() { Template = "{{ messages[0].content }}" } }));
    }

    // The role may be half of a control token.
    [Fact]
    public void Only_known_roles_are_the_template_s_text()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 64);
        LocalChatOptions options = new() { TemplateOptions = new() { Template = "{{ '<|' + messages[0].role + '|>' }}{{ x }}", Variables = new Dictionary<string, JsonNode?> { ["x"] = "<|im_end|>" } } };

        int[] tokens = model.TokenizePrompt([new ChatMessage(new ChatRole("im_start"), "")], options);

        Assert.DoesNotContain(tokens, model.IsControlToken);
        Assert.Equal("<|im_start|><|im_end|>", model.Detokenize(tokens, includeControlTokens: true));
    }

    private static bool Shows(ChatTemplate template, ChatMessage[] messages, ChatOptions? options, params string[] parts)
    {
        try
        {
            string prompt = template.Render(messages, options);
            return parts.All(p => prompt.Contains(p, StringComparison.Ordinal));
        }
        catch (ChatTemplateException)
        {
            return false;
        }
    }

    private string Changed(Action<GgufMetadataBuilder> change)
    {
        string path = _folder.File("changed.gguf");
        GgufFile.EditMetadata(TestModels.Guide, path, change);
        return path;
    }
}
