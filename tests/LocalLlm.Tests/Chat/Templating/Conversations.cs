using System.Text.Json.Nodes;

namespace LocalLlm.Tests.Chat.Templating;

/// <summary>Conversations that templates are tried with.</summary>
internal static class Conversations
{
    private const string Tools = """
        [{"type":"function","function":{"name":"get_weather","description":"Tells the \"weather\" <now>.","parameters":{"type":"object","properties":{"city":{"type":"string","description":"A city"},"days":{"type":"integer","default":3},"unit":{"type":"string","enum":["c","f"]}},"required":["city"]}}},
         {"type":"function","function":{"name":"add","description":"Adds.","parameters":{"type":"object","properties":{"a":{"type":"number"},"b":{"type":["number","null"]},"list":{"type":"array","items":{"type":"string"}}},"required":["a","b"]}}}]
        """;

    private const string User = """{"role":"user","content":"What is the weather in Łódź?"}""";

    private const string CallMessage =
        """{"role":"assistant","content":"","tool_calls":[{"id":"call00001","type":"function","function":{"name":"get_weather","arguments":{"city":"Łódź","days":2,"deep":{"x":[1,2.5,null,true]}}}}]}""";

    private const string Result = """{"role":"tool","name":"get_weather","tool_call_id":"call00001","content":"{\"sky\": \"grey\"}"}""";

    internal static IEnumerable<(string Name, JsonObject Variables)> All()
    {
        yield return Of("plain", """{"role":"user","content":"Hello"}""");
        yield return Of("no generation prompt", """{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi there"}""", prompt: false);
        yield return Of("system", """{"role":"system","content":"You are brief."},{"role":"user","content":"Hello"}""");
        yield return Of("multi-turn", """{"role":"system","content":" Be kind.\n"},{"role":"user","content":"One"},{"role":"assistant","content":" Two "},{"role":"user","content":"Three\n\nlines"},{"role":"assistant","content":"Four"},{"role":"user","content":"Five"}""");
        yield return Of("tools offered", User, Tools);
        yield return Of("tools and system", """{"role":"system","content":"You call tools."},""" + User, Tools);
        yield return Of("tool call", User + "," + CallMessage, Tools, prompt: false);
        yield return Of("tool result", User + "," + CallMessage + "," + Result, Tools);
        yield return Of("tool loop", User + "," + CallMessage + "," + Result + """,{"role":"assistant","content":"Grey."},{"role":"user","content":"And now?"}""", Tools);
        yield return Of("text arguments", User + "," + CallMessage.Replace("""{"city":"Łódź","days":2,"deep":{"x":[1,2.5,null,true]}}""", """ "{\"city\": \"Łódź\"}" """, StringComparison.Ordinal) + "," + Result, Tools);
        yield return Of("two calls", User + """,{"role":"assistant","content":null,"tool_calls":[{"id":"aaaaaaaa1","type":"function","function":{"name":"add","arguments":{"a":1,"b":2}}},{"id":"aaaaaaaa2","type":"function","function":{"name":"add","arguments":{"a":3.5,"b":null}}}]},{"role":"tool","tool_call_id":"aaaaaaaa1","content":"3"},{"role":"tool","tool_call_id":"aaaaaaaa2","content":"3.5"}""", Tools);
        yield return Of("calls without tools", User + "," + CallMessage + "," + Result);
        yield return Of("reasoning", """{"role":"user","content":"2+2?"},{"role":"assistant","reasoning_content":"Easy.\n","content":"4"},{"role":"user","content":"3+3?"}""");
        yield return Of("thinking text", """{"role":"user","content":"2+2?"},{"role":"assistant","content":"<think>\nEasy.\n</think>\n\n4"},{"role":"user","content":"3+3?"},{"role":"assistant","content":"<think>Hm</think>6"}""", prompt: false);
        yield return Of("reasoning within tools", User + "," + CallMessage.Replace("""{"role":"assistant",""", """{"role":"assistant","reasoning_content":"I need the tool.",""", StringComparison.Ordinal) + "," + Result, Tools);
        yield return Of("thinking off", User, extra: """ "enable_thinking":false,"reasoning_effort":"low","thinking":false """);
        yield return Of("thinking on", """{"role":"system","content":"S"},""" + User, Tools, extra: """ "enable_thinking":true,"reasoning_effort":"high","thinking":true """);
        yield return Of("empty content", """{"role":"system","content":""},{"role":"user","content":""},{"role":"assistant","content":""},{"role":"user","content":"x"}""");
        yield return Of("Unicode", """{"role":"user","content":"🦙 İstanbul ß ﬁ \u2028 e\u0301 \"quoted\" 'single' <b>&amp;</b> \\ \t 日本語"},{"role":"assistant","content":"😀"},{"role":"user","content":"  \u00a0ok\u3000 "}""");
        yield return Of("parts", """{"role":"user","content":[{"type":"text","text":"First"},{"type":"text","text":" second"}]}""");
        yield return Of("out of order", """{"role":"assistant","content":"I begin."},{"role":"assistant","content":"And go on."}""");
        yield return Of("unknown role", """{"role":"narrator","content":"Once"},{"role":"user","content":"Go on"}""");
        yield return Of("developer", """{"role":"developer","content":"Rules."},{"role":"user","content":"Hi"}""");
        yield return Of("nothing", "");
        yield return Of("documents", User, extra: """ "documents":[{"title":"T","text":"Body","content":"Body"}],"custom_tools":null,"date_string":"1 Jan 2026" """);
    }

    private static (string, JsonObject) Of(string name, string messages, string? tools = null, bool prompt = true, string? extra = null)
    {
        JsonObject variables = (JsonObject)JsonNode.Parse($$"""
            {"messages":[{{messages}}],"add_generation_prompt":{{(prompt ? "true" : "false")}},"bos_token":"<s>","eos_token":"</s>","unk_token":"<unk>"{{(extra is null ? "" : "," + extra)}}}
            """)!;
        variables["tools"] = tools is null ? null : JsonNode.Parse(tools);
        return (name, variables);
    }
}
