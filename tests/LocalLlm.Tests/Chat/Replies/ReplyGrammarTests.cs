using System.Text.Json;
using LocalLlm.Chat.Replies;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Tests.Chat.Replies;

public sealed class ReplyGrammarTests
{
    private static readonly ReplyFunction Add = new(
        "add",
        JsonDocument.Parse("""{"type":"object","properties":{"a":{"type":"integer"},"note":{"type":"string"},"unit":{"enum":["c","f"]}},"required":["a","note"]}""").RootElement);

    private static readonly ReplyFunction Now = new("now", JsonDocument.Parse("""{"type":"object","properties":{}}""").RootElement);

    public static TheoryData<string, string> Templates => new()
    {
        { "generic", "" },
        { "Mistral", "[TOOL_CALLS] [CALL_ID]" },
        { "Mistral", "[TOOL_CALLS] [ARGS]" },
        { "Mistral, list", "[TOOL_CALLS]" },
        { "Llama 3", "<|python_tag|>" },
        { "Qwen3-Coder", "<function= <parameter=" },
        { "GLM", "<arg_key>" },
        { "Seed", "<seed:tool_call>" },
        { "MiniMax M2", "<minimax:tool_call>" },
        { "MiniMax M3", "]<]minimax[>[" },
        { "DeepSeek DSML", "｜DSML｜" },
        { "DeepSeek", "<｜tool▁call▁begin｜>" },
        { "DeepSeek", "<｜tool▁call▁begin｜> ```json" },
        { "Kimi K2", "<|tool_call_begin|>" },
        { "Kimi K3", "<|open|> <|sep|>" },
        { "LFM2", "<|tool_call_start|>" },
        { "Gemma 4", "<|tool_call>" },
        { "Command-R7B", "<|START_ACTION|>" },
        { "Command-R+", "Action: ```json <|CHATBOT_TOKEN|>" },
        { "Apertus", "<|tools_prefix|>" },
        { "Nemotron", "<TOOLCALL>" },
        { "Apriel", "[BEGIN FINAL RESPONSE] <tool_calls>" },
        { "Granite 3", "<|tool_call|>" },
        { "GigaChat 3", "function call <|role_sep|>" },
        { "GigaChat 3.1", "<|function_call|>" },
        { "firefunction", "functools[" },
        { "functionary 3.1", "<function=" },
        { "functionary 3.2", ">>>all" },
        { "MiniCPM5", "<param name=" },
        { "Hunyuan", "<arg_key{}>" },
        { "Solar", "<|tool_call:begin|>" },
    };

    // What the model is told to write, what it may write and what is read are the same.
    [Theory, MemberData(nameof(Templates))]
    public void Calls_as_they_are_shown_are_allowed_and_read(string name, string template)
    {
        ReplyFormat format = ReplyFormat.Of(template);
        Assert.Equal(name, format.Name);
        (string Text, int Id)[][] vocabularies = [[], [.. format.Markers.Where(m => m.Length > 2).Select((m, i) => (m, 500 + i))]];
        foreach ((string Text, int Id)[] tokens in vocabularies)
        {
            string right = Shown(format, """{"a": -5, "note": "Łódź \"x\""}""");
            Assert.True(Follows(format, CallMode.Auto, right, tokens).IsComplete);
            Assert.Equal((true, true), Follows(format, CallMode.Required, right, tokens));


            Assert.False(Follows(format, CallMode.Required, right, tokens, Now).IsComplete);
            Assert.False(Follows(format, CallMode.Required, Shown(format, """{"a": "five", "note": "x"}"""), tokens).IsComplete);
            Assert.False(Follows(format, CallMode.Required, Shown(format, """{"a": 5}"""), tokens).IsComplete);
            Assert.False(Follows(format, CallMode.Required, Shown(format, """{"a": 5, "note": "x", "unit": "k"}"""), tokens).IsComplete);
            Assert.True(Follows(format, CallMode.Required, Shown(format, """{"a": 5, "note": "x", "unit": "c"}"""), tokens).IsComplete);
            Assert.False(Follows(format, CallMode.Required, "No, I would rather talk.", tokens).IsComplete);
            Assert.True(Follows(format, CallMode.Auto, "No, I would rather < talk.", tokens).IsComplete);

            ReplyCall call = Assert.Single(ReadReply.Of(format, [Add, Now], "", right).Calls);
            Assert.Equal(("add", -5, "Łódź \"x\""), (call.Name, Json(call).GetProperty("a").GetInt32(), Json(call).GetProperty("note").GetString()));
        }
    }

    [Fact]
    public void Several_calls_are_allowed_where_they_may_be()
    {
        ReplyFormat format = ReplyFormat.Of("");
        string two = Shown(format, """{"a": 1, "note": "x"}""") + "\n" + Shown(format, """{"a": 2, "note": "y"}""");

        Assert.True(Follow(format, new ReplyGrammarOptions { Functions = [Add], Mode = CallMode.Required }, two).IsComplete);
        Assert.False(Follow(format, new ReplyGrammarOptions { Functions = [Add], Mode = CallMode.Required, AllowsSeveralCalls = false }, two).IsComplete);
        Assert.False(Follow(format, new ReplyGrammarOptions { Functions = [Add], AllowsSeveralCalls = false }, two).IsComplete);
    }

    [Theory]
    [InlineData("", "<think>Hm</think>\n\n", true)]
    [InlineData("", "", true)]
    [InlineData("", "Hm", false)]
    [InlineData("<think>\n", "Hm</think>", true)]
    [InlineData("<think>\n", "", false)]
    [InlineData("<think>\n\n</think>\n", "", true)]
    [InlineData("<think>\n\n</think>\n", "<think>Hm</think>", false)]
    public void A_model_may_think_before_what_it_must_write(string prompt, string thoughts, bool isAllowed)
    {
        ReplyFormat format = ReplyFormat.Of("<think>");
        JsonElement schema = JsonDocument.Parse("""{"type":"object","properties":{"x":{"type":"boolean"}},"required":["x"]}""").RootElement;
        string call = Shown(format, """{"a": 1, "note": "x"}""");

        Assert.Equal(isAllowed, Follow(format, new() { PromptEnd = prompt, Functions = [Add], Mode = CallMode.Required }, thoughts + call).IsComplete);
        Assert.Equal(isAllowed, Follow(format, new() { PromptEnd = prompt, AnswersJson = true, AnswerSchema = schema }, thoughts + """{"x": true}""").IsComplete);
        Assert.Equal(isAllowed, Follow(format, new() { PromptEnd = prompt, AnswersJson = true }, thoughts + "{}").IsComplete);
        Assert.Equal(isAllowed, Follow(format, new() { PromptEnd = prompt, AnswersJson = true, AnswerSchema = schema, Functions = [Add] }, thoughts + call).IsComplete);
        Assert.False(Follow(format, new() { PromptEnd = prompt, AnswersJson = true, AnswerSchema = schema, Functions = [Add] }, thoughts + """{"x": 1}""").IsComplete);
        Assert.False(Follow(format, new() { PromptEnd = prompt, AnswersJson = true, Functions = [Add], Mode = CallMode.None }, thoughts + call).IsComplete);
    }

    // Arguments that are not JSON stand in one grammar with an answer that is.
    [Theory]
    [InlineData("<|tool_call_start|>")]
    [InlineData("<|tool_call>")]
    public void An_answer_is_JSON_whatever_form_arguments_have(string sign)
    {
        ReplyFormat format = ReplyFormat.Of(sign);
        JsonElement schema = JsonDocument.Parse("""{"type":"object","properties":{"x":{"type":"string"},"y":{"type":"number"}},"required":["x","y"]}""").RootElement;
        ReplyGrammarOptions options = new() { AnswersJson = true, AnswerSchema = schema, Functions = [Add] };

        Assert.True(Follow(format, options, """{"x": "a", "y": 7}""").IsComplete);
        Assert.False(Follow(format, options, """{"x": 'a', "y": 7}""").IsComplete);
        Assert.False(Follow(format, options, """{"x": "a", "y": 007}""").IsComplete);
        Assert.True(Follow(format, options, Shown(format, """{"a": 1, "note": "x"}""")).IsComplete);
    }

    [Fact]
    public void Nothing_is_forced_where_nothing_is_asked()
    {
        Assert.Null(ReplyFormat.Of("").Grammar(new ReplyGrammarOptions()));
        Assert.Null(ReplyFormat.Of("").Grammar(new ReplyGrammarOptions { Functions = [Add], Mode = CallMode.None }));
        Assert.NotNull(ReplyFormat.Of("").Grammar(new ReplyGrammarOptions { Functions = [Add] }));
    }

    [Theory]
    [InlineData("<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>commentary to=functions.add <|constrain|>json<|message|>{\"a\": 1, \"note\": \"x\"}", true, true)]
    [InlineData("<|channel|>commentary to=functions.add <|constrain|>json<|message|>{\"a\": 1, \"note\": \"x\"}", true, true)]
    [InlineData(" to=functions.add<|channel|>commentary json<|message|>{\"a\": 1, \"note\": \"x\"}", true, true)]
    [InlineData("<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>No.", true, false)]
    [InlineData("<|channel|>commentary to=functions.sub <|constrain|>json<|message|>{}", false, false)]
    [InlineData("Hello", false, false)]
    public void Messages_of_channels_are_held_to(string reply, bool isAllowed, bool isCall)
    {
        ReplyFormat format = ReplyFormat.Of("<|start|><|channel|>");
        foreach ((string, int)[] tokens in new (string, int)[][] { [], [.. format.Markers.Where(m => m.EndsWith('>')).Select((t, i) => (t, 500 + i)), ("<|constrain|>", 600)] })
        {
            Assert.Equal(isAllowed, Follow(format, new() { Functions = [Add], ControlTokens = tokens, AllowsSeveralCalls = false }, reply).IsComplete);
            Assert.Equal(isCall, Follow(format, new() { Functions = [Add], Mode = CallMode.Required, ControlTokens = tokens, AllowsSeveralCalls = false }, reply).IsComplete);
        }
    }

    private static (bool IsComplete, bool IsFinished) Follows(ReplyFormat format, CallMode mode, string reply, (string Text, int Id)[] tokens, ReplyFunction? function = null) =>
        Follow(format, new ReplyGrammarOptions { Functions = [function ?? Add], Mode = mode, AllowsSeveralCalls = false, ControlTokens = tokens }, reply);

    private static (bool IsComplete, bool IsFinished) Follow(ReplyFormat format, ReplyGrammarOptions options, string reply)
    {
        FollowedGrammar grammar = new(format.Grammar(options)!, options.ControlTokens);
        bool isWhole = grammar.Follow(reply) == reply.Length;
        return (isWhole && grammar.State.IsComplete, isWhole && grammar.State.IsFinished);
    }

    private static string Shown(ReplyFormat format, string arguments)
    {
        TextBuilder text = new(evaluation: null);
        format.Calls.Show(text, [new ShownCall(new StringValue("add"), TemplateValue.From(JsonDocument.Parse(arguments).RootElement), new StringValue(format.Name == "Solar" ? "call000001" : "call00001"))]);
        return text.ToValue().Text;
    }

    private static JsonElement Json(ReplyCall call) => JsonDocument.Parse(call.Arguments).RootElement;
}
