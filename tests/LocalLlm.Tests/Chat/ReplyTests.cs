using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat;

/// <summary>What comes of an answer that reasons, calls, or does either badly.</summary>
public sealed class ReplyTests(ScriptedModel scripted) : IClassFixture<ScriptedModel>
{
    private static readonly ChatMessage[] Question = [new(ChatRole.User, "How is the weather?")];
    private static readonly AIFunctionDeclaration Weather = Function("get_weather", """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""");
    private static readonly AIFunctionDeclaration Time = Function("get_time", """{"type":"object","properties":{}}""");

    private LocalModel Model => scripted.Model;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reasoning_comes_first_and_is_not_the_answer()
    {
        LocalChatOptions options = scripted.Answering("<think>\nIs it? It is.\n</think>\n\nIt is sunny.");
        ChatReply reply = await Model.ChatAsync(Question, options, Token);

        Assert.Equal("It is sunny.", reply.Text);
        Assert.Collection(
            Assert.Single(reply.Messages).Contents,
            c => Assert.Equal("Is it? It is.", Assert.IsType<TextReasoningContent>(c).Text),
            c => Assert.IsType<TextContent>(c));
        Assert.InRange(reply.Usage!.ReasoningTokenCount!.Value, 10, reply.Usage.OutputTokenCount!.Value - 8);
        Assert.Contains("<think>", Assert.IsType<GenerateReply>(reply.RawRepresentation).Text, StringComparison.Ordinal);

        ChatResponse streamed = await Model.ChatStreamingAsync(Question, options, Token).ToChatResponseAsync(Token);
        Assert.Equal(reply.Messages[0].Contents.Select(c => c.ToString()), streamed.Messages[0].Contents.Select(c => c.ToString()));
        Assert.Equal(reply.Usage.ReasoningTokenCount, streamed.Usage!.ReasoningTokenCount);
    }

    [Fact]
    public async Task Reasoning_that_is_not_wanted_is_left_out()
    {
        LocalChatOptions options = scripted.Answering("<think>\nHm.\n</think>\n\nIt is sunny.");
        options.Reasoning = new ReasoningOptions { Output = ReasoningOutput.None };

        Assert.Equal("It is sunny.", Assert.IsType<TextContent>(Assert.Single((await Model.ChatAsync(Question, options, Token)).Messages[0].Contents)).Text);
    }

    [Fact]
    public void Reasoning_is_switched_off_where_the_template_can()
    {
        string off = Model.RenderPrompt(Question, new ChatOptions { Reasoning = new ReasoningOptions { Effort = ReasoningEffort.None } });
        string on = Model.RenderPrompt(Question, new ChatOptions { Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High } });

        Assert.EndsWith("<think>\n\n</think>\n\n", off, StringComparison.Ordinal);
        Assert.Equal(Model.RenderPrompt(Question), on);
    }

    [Fact]
    public async Task A_prompt_that_has_ended_the_reasoning_is_answered_with_text()
    {
        LocalChatOptions options = scripted.Answering("It is sunny.");
        options.Reasoning = new ReasoningOptions { Effort = ReasoningEffort.None };
        ChatReply reply = await Model.ChatAsync(Question, options, Token);

        Assert.Equal("It is sunny.", reply.Text);
        Assert.Null(reply.Usage!.ReasoningTokenCount);
    }

    [Fact]
    public async Task Several_calls_have_ids_of_their_own_and_come_behind_the_text()
    {
        LocalChatOptions options = scripted.Answering(
            "<think>\nTwo.\n</think>\n\nI look it up.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo \\u00fc\"}}\n</tool_call>\n<tool_call>\n{\"name\": \"get_time\", \"arguments\": {}}\n</tool_call>");
        options.Tools = [Weather, Time];
        ChatReply reply = await Model.ChatAsync(Question, options, Token);

        AIContent[] contents = [.. Assert.Single(reply.Messages).Contents];
        Assert.Equal([typeof(TextReasoningContent), typeof(TextContent), typeof(FunctionCallContent), typeof(FunctionCallContent)], contents.Select(c => c.GetType()));
        Assert.Equal("I look it up.", reply.Text.Trim());
        Assert.InRange(reply.Usage!.ReasoningTokenCount!.Value, 2, 12);
        FunctionCallContent[] calls = [.. contents.OfType<FunctionCallContent>()];
        Assert.Equal(["get_weather", "get_time"], calls.Select(c => c.Name));
        Assert.Equal("Oslo ü", calls[0].Arguments!["city"]!.ToString());
        Assert.Empty(calls[1].Arguments!);
        Assert.NotEqual(calls[0].CallId, calls[1].CallId);
        Assert.All(calls, c => Assert.Matches("^[A-Za-z0-9]{9}$", c.CallId));
        Assert.Equal(ChatFinishReason.ToolCalls, reply.FinishReason);
    }

    // R34: a function is not to be run with arguments that were made up for it.
    [Theory]
    [InlineData("{\"city\": }")]
    [InlineData("{\"city\": \"Oslo}")]
    [InlineData("[1, 2]")]
    public async Task Malformed_arguments_reach_the_caller_as_an_error(string arguments)
    {
        LocalChatOptions options = scripted.Answering($"<tool_call>\n{{\"name\": \"get_weather\", \"arguments\": {arguments}}}\n</tool_call>");
        options.Tools = [Weather];
        FunctionCallContent call = CallOf(await Model.ChatAsync(Question, options, Token));

        Assert.NotNull(call.Exception);
        Assert.Null(call.Arguments);
        Assert.Contains(arguments[..^1], Assert.IsType<string>(call.RawRepresentation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_a_limit_cuts_off_is_an_error_and_the_reason_is_the_limit()
    {
        LocalChatOptions options = scripted.Answering("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>");
        options.Tools = [Weather];
        options.MaxOutputTokens = 50;
        ChatReply reply = await Model.ChatAsync(Question, options, Token);

        Assert.Equal(ChatFinishReason.Length, reply.FinishReason);
        Assert.NotNull(CallOf(reply).Exception);
    }

    [Fact]
    public async Task A_function_that_does_not_exist_is_the_caller_s_to_refuse()
    {
        LocalChatOptions options = scripted.Answering("<tool_call>\n{\"name\": \"get_rich\", \"arguments\": {}}\n</tool_call>");
        options.Tools = [Weather];

        Assert.Equal("get_rich", CallOf(await Model.ChatAsync(Question, options, Token)).Name);
    }

    [Fact]
    public async Task Without_tools_the_marks_of_a_call_are_text()
    {
        LocalChatOptions options = scripted.Answering("Write <tool_call> before it.");

        Assert.Equal("Write <tool_call> before it.", (await Model.ChatAsync(Question, options, Token)).Text);
    }

    [Fact]
    public async Task At_most_one_call_where_several_are_not_allowed()
    {
        LocalChatOptions options = Babbling();
        (options.Tools, options.ToolMode, options.AllowMultipleToolCalls) = ([Time], ChatToolMode.RequireAny, false);

        FunctionCallContent call = CallOf(await Model.ChatAsync(Question, options, Token));
        Assert.Equal("get_time", call.Name);
        Assert.Null(call.Exception);
    }

    // R23: the KV cache is kept up to where the next prompt differs.
    [Fact]
    public async Task The_turn_after_a_call_reads_only_what_is_new()
    {
        List<ChatMessage> history = [.. Question];
        LocalChatOptions options = scripted.Answering("\n<tool_call>\n{\"name\": \"get_time\", \"arguments\": {}}\n</tool_call>");
        options.Tools = [Time];
        ChatReply first = await Model.ChatAsync(history, options, Token);
        history.AddMessages(first);
        history.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(CallOf(first).CallId, "12:00")]));
        LocalChatOptions second = scripted.Answering("Noon.");
        second.Tools = [Time];
        ChatReply reply = await Model.ChatAsync(history, second, Token);

        Assert.True(
            reply.Usage!.CachedInputTokenCount >= first.Usage!.InputTokenCount,
            $"{reply.Usage.CachedInputTokenCount} of {reply.Usage.InputTokenCount} tokens kept, the first prompt had {first.Usage.InputTokenCount}");
    }

    [Fact]
    public void A_call_can_be_required_only_of_a_function_that_is_there()
    {
        Assert.Contains("get_rich", Assert.Throws<ArgumentException>(() => Model.Chat(Question, new ChatOptions { Tools = [Weather], ToolMode = ChatToolMode.RequireSpecific("get_rich") })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Model.Chat(Question, new ChatOptions { Tools = [Weather, Weather] }));
        Assert.Throws<ArgumentException>(() => Model.Chat(Question, new LocalChatOptions { Grammar = "root ::= \"a\"", ResponseFormat = ChatResponseFormat.Json }));
    }

    [Fact]
    public void The_schema_is_told_to_the_model_in_one_system_message()
    {
        JsonElement schema = JsonElement.Parse("""{"type":"object","properties":{"age":{"type":"integer"}}}""");
        ChatMessage[] messages = [new(ChatRole.System, "You are brief."), .. Question];
        string prompt = Model.RenderPrompt(messages, new ChatOptions { Instructions = "Be kind.", ResponseFormat = ChatResponseFormat.ForJsonSchema(schema) });

        Assert.StartsWith("<|im_start|>system\nBe kind.\n\nYou are brief.\n\n", prompt, StringComparison.Ordinal);
        Assert.Contains(schema.GetRawText(), prompt, StringComparison.Ordinal);
        Assert.Equal(1, prompt.Split("<|im_start|>system").Length - 1);
    }

    // Of its parameters no grammar keeps "not": a model may be told, but not held to it. A strict function is refused.
    [Fact]
    public void A_schema_that_no_grammar_keeps_binds_only_where_it_is_strict()
    {
        JsonElement schema = JsonElement.Parse("""{"type":"object","properties":{"city":{"not":{"const":"Rome"}}}}""");
        AIFunctionDeclaration loose = AIFunctionFactory.CreateDeclaration("look", "Looks.", schema);
        AIFunction strict = new StrictFunction(schema);
        ChatOptions options = new() { MaxOutputTokens = 1, Tools = [loose] };

        Assert.Equal(ChatFinishReason.Length, Model.Chat(Question, options).FinishReason);
        options.Tools = [strict];
        Assert.Contains("properties.city.not", Assert.Throws<NotSupportedException>(() => Model.Chat(Question, options)).Message, StringComparison.Ordinal);
    }

    // Running them is for the caller, or for middleware, which can ask a person first.
    [Fact]
    public async Task A_function_is_never_run()
    {
        bool ran = false;
        LocalChatOptions options = scripted.Answering("<tool_call>\n{\"name\": \"act\", \"arguments\": {}}\n</tool_call>");
        options.Tools = [AIFunctionFactory.Create(() => ran = true, "act")];

        Assert.Equal("act", CallOf(await Model.ChatAsync(Question, options, Token)).Name);
        Assert.False(ran);
    }

    [Fact]
    public async Task A_typed_answer_is_its_value_or_says_why_not()
    {
        LocalChatOptions options = Babbling();
        ChatReply<City> reply = await Model.ChatAsync("Name a city.", CityJson.Default.City, options, Token);

        Assert.NotNull(reply.Result.Name);
        Assert.True(reply.TryGetResult(out City? city) && city == reply.Result);
        Assert.Equal(reply.Result, Model.Chat("Name a city.", CityJson.Default.City, options).Result);

        options.MaxOutputTokens = 3;
        ChatReply<City> cut = await Model.ChatAsync("Name a city.", CityJson.Default.City, options, Token);
        Assert.False(cut.TryGetResult(out _));
        Assert.Contains("cut off", Assert.Throws<InvalidOperationException>(() => cut.Result).Message, StringComparison.Ordinal);
    }

    // Else a model that babbles would think without an end, and write on in its texts.
    private LocalChatOptions Babbling() => new()
    {
        Temperature = 0,
        MaxOutputTokens = 200,
        LogitBias = new Dictionary<int, float>
        {
            [Model.Tokenize("<think>", parseSpecial: true)[0]] = float.NegativeInfinity,
            [Model.Tokenize("\"")[0]] = 4000,
            [Model.Tokenize("}")[0]] = 3000,
        },
    };

    private static AIFunctionDeclaration Function(string name, string schema) => AIFunctionFactory.CreateDeclaration(name, $"Does {name}.", JsonElement.Parse(schema));

    private static FunctionCallContent CallOf(ChatReply reply) => Assert.Single(reply.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>());

    private sealed class StrictFunction(JsonElement schema) : AIFunction
    {
        public override string Name => "look";

        public override JsonElement JsonSchema => schema;

        public override IReadOnlyDictionary<string, object?> AdditionalProperties { get; } = new Dictionary<string, object?> { ["strict"] = true };

        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}

internal sealed record City(string Name, int? Age);

[JsonSerializable(typeof(City))]
internal sealed partial class CityJson : JsonSerializerContext;
