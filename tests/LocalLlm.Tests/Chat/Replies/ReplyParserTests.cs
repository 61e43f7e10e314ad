using System.Diagnostics;
using System.Text.Json;
using LocalLlm.Chat.Replies;

namespace LocalLlm.Tests.Chat.Replies;

public sealed class ReplyParserTests
{
    private const string Hermes = "{{ '<tool_call>' }}<think>";
    private const string QwenCoder = "<tool_call><function=x><parameter=y><think>";
    private const string Llama3 = "<|python_tag|>";
    private const string Harmony = "<|start|><|channel|>";
    private const string Mistral = "[TOOL_CALLS] [ARGS]";

    private static readonly ReplyFunction[] Functions =
    [
        new("add", JsonDocument.Parse("""{"type":"object","properties":{"a":{"type":"integer"},"note":{"type":"string"}},"required":["a"]}""").RootElement),
    ];

    public static TheoryData<string, string, string, string, string?, string> Replies => new()
    {
        // Malformed, but whole: what follows is read on.
        { Hermes, "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": }}</tool_call>after", "", "after", "add", "{\"a\": }" },
        { Hermes, "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": 1}</tool_call>after", "", "after", "add", "{\"a\": 1}" },
        { Hermes, "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": 1]}</tool_call>after", "", "after", "add", "{\"a\": 1]" },
        { Hermes, "<tool_call>{\"arguments\": {\"a\": 1}}</tool_call>", "", "", null, "{\"arguments\": {\"a\": 1}}" },
        { Hermes, "<tool_call>{\"name\": \"add\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call>", "", "", "add", "{\"a\": 1}" },
        { Hermes, "<tool_call>{\"name\": \"add\"}</tool_call>", "", "", "add", "{}" },
        { Hermes, "<tool_call>{\"name\": \"no_such\", \"arguments\": {}}</tool_call>", "", "", "no_such", "{}" },
        { Hermes, "<tool_call>{\"name\": \"add\", \"arguments\": {\"note\": \"</tool_call> }\"}}</tool_call>", "", "", "add", "{\"note\": \"</tool_call> }\"}" },
        { QwenCoder, "<tool_call>\n<function=add>\n<parameter=a>\none\n</parameter>\n</function>\n</tool_call>", "", "", "add", "{\"a\": one}" },
        { QwenCoder, "<tool_call>\n<function=add>\n<parameter=note>\nx </parameter> y\n</parameter>\n</function>\n</tool_call>", "", "", "add", "{\"note\": \"x </parameter> y\"}" },
        { QwenCoder, "<function=add>\n<parameter=other>\n[1, 'b', None]\n</parameter>\n</function>", "", "", "add", "{\"other\": [1, \"b\", null]}" },
        { QwenCoder, "<function=add>\n{\"a\": 1}\n</function>", "", "", "add", "{\"a\": 1}" },
        { Mistral, "[TOOL_CALLS]add[ARGS]{\"a\": 1} and more", "", "and more", "add", "{\"a\": 1}" },

        // Unfinished: as far as they came.
        { Hermes, "Hm.\n<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": 1", "", "Hm.", "add", "{\"a\": 1" },
        { Hermes, "<tool_call>{\"na", "", "", null, "{\"na" },
        { QwenCoder, "<tool_call>\n<function=add>\n<parameter=note>\nun", "", "", "add", "{\"note\": \"un" },
        { Mistral, "[TOOL_CALLS]add[ARGS]", "", "", "add", "" },
        { Harmony, "<|channel|>commentary to=functions.add <|constrain|>json<|message|>{\"a\"", "", "", "add", "{\"a\"" },

        // A call without a marker of its own.
        { Llama3, "{\"name\": \"add\", \"parameters\": {\"a\": 1}}", "", "", "add", "{\"a\": 1}" },
        { Llama3, " {\"type\": \"function\", \"name\": \"add\", \"parameters\": {}}", "", "", "add", "{}" },
        { Llama3, "<|python_tag|>{\"name\": \"add\", \"parameters\": {\"a\": 1}}", "", "", "add", "{\"a\": 1}" },
    };

    [Theory, MemberData(nameof(Replies))]
    public void Calls_reach_the_caller_as_they_were_written(string template, string reply, string reasoning, string content, string? name, string arguments)
    {
        foreach (IReadOnlyList<string> chunks in Chunkings(reply))
        {
            ReadReply read = Read(template, Functions, "", chunks);

            Assert.Equal((reasoning, content), (read.Reasoning, read.Content));
            ReplyCall call = Assert.Single(read.Calls);
            Assert.Equal((name, arguments), (call.Name, call.Arguments));
        }
    }

    public static TheoryData<string, string> Texts => new()
    {
        { Hermes, "The <tool_call> tag begins a call, </tool_call> ends it.\n" },
        { Hermes, "a < b <tool" },
        { Hermes, "In HTML <think> is no tag; </think> neither." },
        { Hermes, "<tool_call>" },
        { QwenCoder, "Write <tool_call> and then <function=name> it" },
        { QwenCoder, "<tool_call> <function=two words>\n\n" },
        { Llama3, "{\"name\": \"Ann\", \"age\": 5}" },
        { Llama3, "{\"city\": 1}" },
        { Llama3, "Say {\"name\": \"add\", \"parameters\": {\"a\": 1}}" },
        { Mistral, "[TOOL_CALLS] are written so" },
        { "<|tool_call_start|>", "<|tool_call_start|> x[1](2)" },
        { "<arg_key>", "<tool_call>two words<arg_key>" },
    };

    [Theory, MemberData(nameof(Texts))]
    public void What_only_looks_like_markup_stays_text(string template, string reply)
    {
        foreach (IReadOnlyList<string> chunks in Chunkings(reply))
        {
            ReadReply read = Read(template, Functions, "", chunks);

            Assert.Equal(reply, read.Content);
            Assert.Empty(read.Calls);
        }
    }

    [Fact]
    public void Without_tools_calls_are_text_and_reasoning_is_still_apart()
    {
        const string call = "<tool_call>\n{\"name\": \"add\", \"arguments\": {}}\n</tool_call>";
        foreach (IReadOnlyList<string> chunks in Chunkings($"<think>\nHm\n</think>\n\n{call}\n"))
        {
            ReadReply read = Read(Hermes, [], "", chunks);

            Assert.Equal(("Hm", $"{call}\n"), (read.Reasoning, read.Content));
            Assert.Empty(read.Calls);
        }
    }

    [Theory]
    [InlineData("<think>\n", "Hm</think>\n\nYes", "Hm", "Yes")]
    [InlineData("<think>\n", "Hm and", "Hm and", "")]
    [InlineData("<think>\n\n</think>\n\n", "Yes", "", "Yes")]
    [InlineData("<|im_start|>assistant\n", "\n<think>Hm</think>Yes <think>", "Hm", "Yes <think>")]
    [InlineData("Say <think> to me<|im_end|>\n<|im_start|>assistant\n", "No", "", "No")]
    public void The_prompt_says_whether_the_model_thinks_already(string prompt, string reply, string reasoning, string content)
    {
        foreach (IReadOnlyList<string> chunks in Chunkings(reply))
        {
            ReadReply read = Read(Hermes, Functions, prompt, chunks);

            Assert.Equal((reasoning, content), (read.Reasoning, read.Content));
        }
    }

    [Theory]
    [InlineData("add\n{\"a\": 1}", "", "add")]
    [InlineData("all\nHi", "Hi", null)]
    [InlineData("Hello\nyou", "Hello\nyou", null)]
    [InlineData("", "", null)]
    public void The_prompt_may_begin_a_call(string reply, string content, string? name)
    {
        foreach (IReadOnlyList<string> chunks in Chunkings(reply))
        {
            ReadReply read = Read(">>>all", Functions, "<|assistant|>\n>>>", chunks);

            Assert.Equal((content, name), (read.Content, read.Calls.SingleOrDefault()?.Name));
        }
    }

    [Fact]
    public void Text_is_handed_out_as_soon_as_it_is_certain()
    {
        ReplyParser parser = ReplyFormat.Of(Hermes).CreateParser(new ReplySettings { Functions = Functions });
        List<ReplyPart> parts = [];
        string word = "Hello";
        parser.Append(word, parts);
        Assert.Same(word, Assert.Single(parts).Text);
        foreach ((string next, string? now) in new[] { (" <", null), ("b", " <b"), ("\n", null), ("<tool_", null), ("x", "\n<tool_x"), ("<tool_call>", null), ("{", null) })
        {
            parts.Clear();
            parser.Append(next, parts);
            Assert.Equal(now, parts.Count == 0 ? null : string.Concat(parts.Select(p => p.Text)));
        }
    }

    [Fact]
    public void Plain_text_costs_no_memory()
    {
        ReplyParser parser = ReplyFormat.Of(Hermes).CreateParser(new ReplySettings { Functions = Functions });
        List<ReplyPart> parts = new(10_000);
        parser.Append("begin", parts);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 5000; i++)
        {
            parser.Append(" word", parts);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    public static TheoryData<string, string, string> Large => new()
    {
        { Hermes, "<tool_call>{\"name\": \"add\", \"arguments\": {\"note\": \"", "\"}}</tool_call>" },
        { QwenCoder, "<tool_call><function=add><parameter=note>", "</parameter></function></tool_call>" },
        { "<|tool_call_start|>", "<|tool_call_start|>[add(note=\"", "\")]<|tool_call_end|>" },
        { Mistral, "[TOOL_CALLS]add[ARGS]{\"note\": \"", "\"}" },
        { Harmony, "<|channel|>commentary to=functions.add<|message|>{\"note\": \"", "\"}" },
        { Llama3, "{\"name\": \"add\", \"parameters\": {\"note\": \"", "\"}}" },
        { Hermes, "<think>", "</think>" },
        { Hermes, "", "" },
    };

    [Theory, MemberData(nameof(Large))]
    public void Long_replies_take_time_in_proportion(string template, string begin, string end)
    {
        const int length = 1_000_000;
        const string piece = "a <b \\n{ ";
        IEnumerable<string> chunks = [begin, .. Enumerable.Repeat(piece, length / piece.Length), end];
        Stopwatch watch = Stopwatch.StartNew();

        ReadReply read = Read(template, Functions, "", [.. chunks.SelectMany(c => c.Chunk(2)).Select(c => new string(c))]);

        // In proportion to its square it would take minutes.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
        Assert.InRange(read.Reasoning.Length + read.Content.Length + read.Calls.Sum(c => c.Arguments.Length), length / 2, length * 2);
    }

    private static ReadReply Read(string template, IReadOnlyList<ReplyFunction> functions, string prompt, IEnumerable<string> chunks) =>
        ReadReply.Of(ReplyFormat.Of(template), functions, prompt, chunks);

    private static IEnumerable<IReadOnlyList<string>> Chunkings(string text)
    {
        yield return [text];
        yield return [.. text.Select(c => c.ToString())];
        for (int i = 1; i < text.Length; i++)
        {
            yield return [text[..i], text[i..]];
        }
    }
}
