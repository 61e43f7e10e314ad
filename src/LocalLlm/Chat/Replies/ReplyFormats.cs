namespace LocalLlm.Chat.Replies;

/// <summary>The formats of the families of models, found by what their templates hold.</summary>
internal static class ReplyFormats
{
    private static readonly ReasoningMarkers Think = ReasoningMarkers.Think;
    private static readonly ReasoningMarkers ThinkUntilCall = Think with { EndsAtCall = true };

    // The first whose signs are all there.
    private static readonly (string[] Signs, ReplyFormat Format)[] Known =
    [
        (["<|start|>", "<|channel|>"], new()
        {
            Name = "harmony",
            Reasoning = null,
            Channels = new("<|start|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>") { Channel = "<|channel|>" },
            Calls = new JsonCallSyntax { Start = "<|constrain|>json" },
        }),
        (["<atem:invoke"], new()
        {
            Name = "Muse",
            Reasoning = null,
            Channels = new("<|start|>", "<|message|>", "<|eom|>", "<|eot|>"),
            CallsInMessages = true,
            Calls = Invoke("atem:", "<atem:function_calls>", "</atem:function_calls>"),
        }),
        (["<|open|>", "<|sep|>"], KimiK3),
        (["'<|open|>'"], KimiK3),
        (["]<]minimax[>["], new()
        {
            Name = "MiniMax M3",
            Reasoning = new("<mm:think>", "</mm:think>"),
            Calls = new TaggedCallSyntax
            {
                Start = "]<]minimax[>[<invoke name=\"",
                NameEnd = "\"",
                HeadEnd = ">",
                ParameterStart = "]<]minimax[>[<",
                KeyEnd = ">",
                ParameterEnd = "]<]minimax[>[</{0}>",
                End = "]<]minimax[>[</invoke>",
                SectionStart = "]<]minimax[>[<tool_call>",
                SectionEnd = "]<]minimax[>[</tool_call>",
                IsNested = true,
            },
        }),
        (["｜DSML｜", "function_calls"], DeepSeekDsml("function_calls")),
        (["｜DSML｜"], DeepSeekDsml("tool_calls")),
        (["<minimax:tool_call>"], new() { Name = "MiniMax M2", Calls = Invoke("", "<minimax:tool_call>", "</minimax:tool_call>") }),
        (["<seed:tool_call>"], new()
        {
            Name = "Seed",
            Reasoning = new("<seed:think>", "</seed:think>"),
            Calls = FunctionTags("<seed:tool_call>", "</seed:tool_call>") with { HasLines = false },
        }),
        (["<function=", "<parameter="], new() { Name = "Qwen3-Coder", Reasoning = ThinkUntilCall, Calls = FunctionTags("<tool_call>", "</tool_call>") }),
        (["<arg_key>"], new() { Name = "GLM", Calls = ArgumentTags("") }),
        (["<arg_key{}>"], new() { Name = "Hunyuan", Reasoning = new("<think:opensource>", "</think:opensource>"), Calls = ArgumentTags(":opensource") with
        {
            NameEnd = "<tool_sep:opensource>",
            SectionStart = "<tool_calls:opensource>",
            SectionEnd = "</tool_calls:opensource>",
        } }),
        (["<param name="], new()
        {
            Name = "MiniCPM5",
            Calls = new TaggedCallSyntax
            {
                Start = "<function name=\"",
                NameEnd = "\"",
                HeadEnd = ">",
                ParameterStart = "<param name=\"",
                KeyEnd = "\"",
                ValueStart = ">",
                ParameterEnd = "</param>",
                HasCData = true,
                End = "</function>",
            },
        }),
        (["<function="], new() { Name = "functionary 3.1", Calls = new NamedCallSyntax { Start = "<function=", NameEnd = ">", End = "</function>" } }),
        ([">>>all"], new() { Name = "functionary 3.2", Calls = new NamedCallSyntax { Start = ">>>", NameEnd = "\n" }, Ignored = [">>>all\n"] }),
        (["<|tool_call_begin|>"], new()
        {
            Name = "Kimi K2",
            Reasoning = ThinkUntilCall,
            Calls = new NamedCallSyntax
            {
                SectionStart = "<|tool_calls_section_begin|>",
                Start = "<|tool_call_begin|>",
                NumberedPrefix = "functions.",
                NameEnd = "<|tool_call_argument_begin|>",
                End = "<|tool_call_end|>",
                SectionEnd = "<|tool_calls_section_end|>",
            },
        }),
        (["<｜tool▁call▁begin｜>", "```json"], DeepSeek("function<｜tool▁sep｜>", "\n```json\n", "```")),
        (["<｜tool▁call▁begin｜>"], DeepSeek("", "<｜tool▁sep｜>", "")),
        (["<|tool_call:begin|>"], new()
        {
            Name = "Solar",
            Reasoning = new("<|think|>", "<|end|>"),
            Ignored = ["<|begin|>assistant", "<|content|>", "<|end|>"],
            Calls = new NamedCallSyntax
            {
                SectionStart = "<|tool_calls|>",
                Start = "<|tool_call:begin|>",
                IdEnd = "<|tool_call:name|>",
                NameEnd = "<|tool_call:args|>",
                End = "<|tool_call:end|>",
                OtherEnds = ["<|calls|>"],
            },
        }),
        (["[TOOL_CALLS]", "[CALL_ID]"], Mistral("[CALL_ID]")),
        (["[TOOL_CALLS]", "[ARGS]"], Mistral("")),
        (["[TOOL_CALLS]"], new() { Name = "Mistral, list", Calls = new JsonCallSyntax { Start = "[TOOL_CALLS]", Id = "id", IsList = true } }),
        (["<|tool_call_start|>"], Lfm2),
        (["<|tool_list_end|>"], Lfm2),
        (["List of tools: ["], Lfm2),
        (["<|tool_call>"], new()
        {
            Name = "Gemma 4",
            Reasoning = new("<|channel>thought", "<channel|>") { IsAnywhere = true },
            Ignored = ["<|channel>"],
            Calls = new LiteralCallSyntax { Start = "<|tool_call>", NameStart = "call:", End = "<tool_call|>", Quotes = ["<|\"|>"] },
        }),
        (["<|START_ACTION|>"], new()
        {
            Name = "Command-R7B",
            Reasoning = new("<|START_THINKING|>", "<|END_THINKING|>"),
            Ignored = ["<|START_RESPONSE|>", "<|END_RESPONSE|>", "<|START_TEXT|>", "<|END_TEXT|>"],
            Calls = new JsonCallSyntax { Start = "<|START_ACTION|>", End = "<|END_ACTION|>", Id = "tool_call_id", IsIdFirst = true, Name = "tool_name", Arguments = "parameters", IsList = true },
        }),
        (["Action:", "```json", "<|CHATBOT_TOKEN|>"], new()
        {
            Name = "Command-R+",
            Ignored = ["<|CHATBOT_TOKEN|>", "<|END_OF_TURN_TOKEN|>"],
            Calls = new JsonCallSyntax { Start = "Action:\n```json\n", OtherStarts = ["Action: ```json\n"], End = "```", Name = "tool_name", Arguments = "parameters", IsList = true },
        }),
        (["<|tools_prefix|>"], new()
        {
            Name = "Apertus",
            Reasoning = new("<|inner_prefix|>", "<|inner_suffix|>"),
            Calls = new JsonCallSyntax { Start = "<|tools_prefix|>", End = "<|tools_suffix|>", Name = "", IsList = true },
        }),
        (["<TOOLCALL>"], new() { Name = "Nemotron", Calls = new JsonCallSyntax { Start = "<TOOLCALL>", End = "</TOOLCALL>", IsList = true } }),
        (["[BEGIN FINAL RESPONSE]", "<tool_calls>"], new() { Name = "Apriel", Reasoning = new("Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]"), Calls = ToolCallsTag }),
        (["<tool_calls>"], new() { Name = "tool_calls", Calls = ToolCallsTag }),
        (["<|tool_call|>"], new()
        {
            Name = "Granite 3",
            Ignored = ["<response>", "</response>"],
            Calls = new JsonCallSyntax { Start = "<|tool_call|>", OtherStarts = ["<tool_call>"], OtherEnds = ["<|/tool_call|>", "</tool_call>"], IsList = true },
        }),
        (["<|function_call|>"], new() { Name = "GigaChat 3.1", Calls = new JsonCallSyntax { Start = "<|function_call|>" } }),
        (["function call", "<|role_sep|>"], new() { Name = "GigaChat 3", Calls = new JsonCallSyntax { Start = "<|message_sep|>\n\nfunction call<|role_sep|>\n" } }),
        (["functools["], new() { Name = "firefunction", Calls = new JsonCallSyntax { Start = "functools", IsList = true } }),
        (["<|python_tag|>"], Llama3),
        (["\"parameters\": dictionary of argument name"], Llama3),
    ];

    private static ReplyFormat Generic { get; } = new() { Name = "generic", Calls = new JsonCallSyntax { Start = "<tool_call>", End = "</tool_call>" } };

    private static ReplyFormat Llama3 => new()
    {
        Name = "Llama 3",
        Calls = new JsonCallSyntax { Start = "{", OtherStarts = ["<|python_tag|>"], Arguments = "parameters", IsWholeReply = true },
    };

    private static ReplyFormat Lfm2 => new()
    {
        Name = "LFM2",
        Calls = new LiteralCallSyntax { Start = "<|tool_call_start|>", End = "<|tool_call_end|>", Quotes = ["\"", "'"], IsPython = true },
    };

    private static ReplyFormat KimiK3 => new()
    {
        Name = "Kimi K3",
        Reasoning = new("<|open|>think<|sep|>", "<|close|>think<|sep|>", "<|open|>response<|sep|>") { EndsAtCall = true },
        Ignored = ["<|open|>response<|sep|>", "<|close|>response<|sep|>", "<|close|>message<|sep|>"],
        Calls = new TaggedCallSyntax
        {
            SectionStart = "<|open|>tools<|sep|>",
            Start = "<|open|>call tool=\"",
            NameEnd = "\"",
            HeadEnd = "<|sep|>",
            ParameterStart = "<|open|>argument key=\"",
            KeyEnd = "\"",
            ValueStart = "<|sep|>",
            ParameterEnd = "<|close|>argument<|sep|>",
            End = "<|close|>call<|sep|>",
            SectionEnd = "<|close|>tools<|sep|>",
            TextAttribute = " type=\"string\"",
            JsonAttribute = " type=\"{0}\"",
            NumberAttribute = " index=",
        },
    };

    private static JsonCallSyntax ToolCallsTag => new() { Start = "<tool_calls>", End = "</tool_calls>", IsList = true };

    internal static ReplyFormat Of(string template) =>
        Array.Find(Known, k => Array.TrueForAll(k.Signs, s => template.Contains(s, StringComparison.Ordinal))).Format ?? Generic;

    private static ReplyFormat Mistral(string id) => new()
    {
        Name = "Mistral",
        Reasoning = new("[THINK]", "[/THINK]"),
        Calls = new NamedCallSyntax { Start = "[TOOL_CALLS]", NameEnd = "[ARGS]", IdStart = id },
    };

    private static ReplyFormat DeepSeek(string type, string nameEnd, string argumentsEnd) => new()
    {
        Name = "DeepSeek",
        Calls = new NamedCallSyntax
        {
            SectionStart = "<｜tool▁calls▁begin｜>",
            Start = $"<｜tool▁call▁begin｜>{type}",
            NameEnd = nameEnd,
            End = $"{argumentsEnd}<｜tool▁call▁end｜>",
            SectionEnd = "<｜tool▁calls▁end｜>",
            OtherEnds = argumentsEnd.Length > 0 ? [argumentsEnd, "<｜tool▁call▁end｜>"] : [],
        },
    };

    private static ReplyFormat DeepSeekDsml(string section) => new()
    {
        Name = "DeepSeek DSML",
        Reasoning = ThinkUntilCall,
        Calls = Invoke("｜DSML｜", $"<｜DSML｜{section}>", $"</｜DSML｜{section}>") with
        {
            TextAttribute = " string=\"true\"",
            JsonAttribute = " string=\"false\"",
        },
    };

    private static TaggedCallSyntax Invoke(string prefix, string sectionStart, string sectionEnd) => new()
    {
        SectionStart = sectionStart,
        Start = $"<{prefix}invoke name=\"",
        NameEnd = "\"",
        HeadEnd = ">",
        ParameterStart = $"<{prefix}parameter name=\"",
        KeyEnd = "\"",
        ValueStart = ">",
        ParameterEnd = $"</{prefix}parameter>",
        End = $"</{prefix}invoke>",
        SectionEnd = sectionEnd,
    };

    private static TaggedCallSyntax FunctionTags(string sectionStart, string sectionEnd) => new()
    {
        SectionStart = sectionStart,
        Start = "<function=",
        NameEnd = ">",
        ParameterStart = "<parameter=",
        KeyEnd = ">",
        ParameterEnd = "</parameter>",
        End = "</function>",
        SectionEnd = sectionEnd,
        IsAloneInSection = true,
        HasLines = true,
    };

    private static TaggedCallSyntax ArgumentTags(string suffix) => new()
    {
        Start = $"<tool_call{suffix}>",
        NameEnd = "",
        ParameterStart = $"<arg_key{suffix}>",
        KeyEnd = $"</arg_key{suffix}>",
        ValueStart = $"<arg_value{suffix}>",
        ParameterEnd = $"</arg_value{suffix}>",
        End = $"</tool_call{suffix}>",
    };
}
