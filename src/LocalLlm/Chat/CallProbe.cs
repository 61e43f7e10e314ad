namespace LocalLlm.Chat;

/// <summary>A small conversation in which a function is called, to find out what a template shows of it.</summary>
internal sealed record CallProbe
{
    /// <summary>The content of the message with the call, in JSON.</summary>
    internal string Content { get; init; } = "\"\"";

    /// <summary>The arguments of the call, in JSON.</summary>
    internal required string Arguments { get; init; }

    internal string Id { get; init; } = "call00001";

    /// <summary>What the call gave.</summary>
    internal string Result { get; init; } = "Found";

    /// <summary>The arguments of a call before it in the same message, in JSON; empty: there is none.</summary>
    internal string OtherArguments { get; init; } = "";

    /// <summary>More members of the message with the call, each with a comma behind it.</summary>
    internal string Members { get; init; } = "";

    /// <summary>The result is the last message.</summary>
    internal bool EndsWithResult { get; init; }

    /// <summary>The messages, in JSON.</summary>
    internal string Messages => $$"""
        [{"role":"user","content":"Hi"},
         {"role":"assistant","content":{{Content}},{{Members}}"tool_calls":[{{(OtherArguments.Length > 0 ? $"{Call("call00002", "wait", OtherArguments)}," : "")}}{{Call(Id, "look", Arguments)}}]},
         {{(OtherArguments.Length > 0 ? $"{Answer("call00002", "wait", "Waited")}," : "")}}{{Answer(Id, "look", Result)}}{{(EndsWithResult ? "" : Ending)}}]
        """;

    private const string Ending = """,{"role":"assistant","content":"Yes"},{"role":"user","content":"Thanks"}""";

    private static string Call(string id, string name, string arguments) => $$$"""{"id":"{{{id}}}","type":"function","function":{"name":"{{{name}}}","arguments":{{{arguments}}}}}""";

    private static string Answer(string id, string name, string result) => $$"""{"role":"tool","name":"{{name}}","tool_call_id":"{{id}}","content":"{{result}}"}""";
}
