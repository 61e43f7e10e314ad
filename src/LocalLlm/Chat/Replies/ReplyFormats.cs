namespace LocalLlm.Chat.Replies;

/// <summary>The formats of the families of models, found by what their templates hold.</summary>
internal static class ReplyFormats
{
    private static readonly (string[] Signs, ReplyFormat Format)[] Known =
    [
        (["[TOOL_CALLS]", "[CALL_ID]"], Mistral("[CALL_ID]")),
        (["[TOOL_CALLS]", "[ARGS]"], Mistral("")),
        (["[TOOL_CALLS]"], new() { Name = "Mistral (list)", Reasoning = Think("[THINK]", "[/THINK]"), Calls = new JsonCallSyntax { Start = "[TOOL_CALLS]", Id = "id", IsList = true } }),
        (["<TOOLCALL>"], new() { Name = "Nemotron", Calls = new JsonCallSyntax { Start = "<TOOLCALL>", Ends = ["</TOOLCALL>"], IsList = true } }),
        (["<|python_tag|>"], Llama3),
        (["\"parameters\": dictionary of argument name"], Llama3),
    ];

    private static ReplyFormat Generic { get; } = new()
    {
        Name = "generic",
        Calls = new JsonCallSyntax { Start = "<tool_call>", Ends = ["</tool_call>"] },
    };

    private static ReplyFormat Llama3 => new()
    {
        Name = "Llama 3",
        Calls = new JsonCallSyntax { Start = "{", OtherStarts = ["<|python_tag|>"], Arguments = "parameters", Ends = [";"], IsWholeReply = true },
    };

    internal static ReplyFormat Of(string template) =>
        Array.Find(Known, k => Array.TrueForAll(k.Signs, s => template.Contains(s, StringComparison.Ordinal))).Format ?? Generic;

    private static ReplyFormat Mistral(string id) => new()
    {
        Name = "Mistral",
        Reasoning = Think("[THINK]", "[/THINK]"),
        Calls = new NamedCallSyntax { Start = "[TOOL_CALLS]", NameEnd = "[ARGS]", IdStart = id },
    };

    private static ReasoningMarkers Think(string start, params string[] ends) => new(start, ends);
}
