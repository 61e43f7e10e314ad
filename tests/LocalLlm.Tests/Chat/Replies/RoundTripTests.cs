using System.Text.Json;
using System.Text.Json.Nodes;
using LocalLlm.Chat.Replies;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat.Replies;

/// <summary>What a template shows of an assistant's message is read back as that message.</summary>
public sealed class RoundTripTests
{
    private const string Question = "What is the weather?";

    [Fact]
    public void Calls_that_the_templates_of_llama_cpp_render_are_read_back()
    {
        // They fail in Jinja2 too, firefunction without a variable of its own; Command-R+'s says how to call at the end of a prompt, so that nothing is a turn.
        string[] known = ["llama-cpp-deepseek-r1.jinja", "fireworks-ai-llama-3-firefunction-v2.jinja", "CohereForAI-c4ai-command-r-plus-tool_use.jinja"];
        List<string> refused = [];
        List<string> wrong = [];
        int read = 0;
        int several = 0;
        foreach (string path in Directory.EnumerateFiles(Path.Combine(LlamaSource.Folder, "models", "templates"), "*.jinja").Order(StringComparer.Ordinal))
        {
            string source = File.ReadAllText(path);
            ChatTemplate template = ChatTemplate.Parse(source);
            foreach (JsonObject[] calls in Calls())
            {
                (string prompt, string reply)? turn = Turn(template, calls);
                if (turn is null)
                {
                    refused.Add(Path.GetFileName(path));
                    break;
                }

                read++;
                ReadReply reply = ReadReply.Of(ReplyFormat.Of(source), Functions, turn.Value.prompt, turn.Value.reply);
                string[] names = [.. reply.Calls.Select(c => $"{c.Name} {Normal(c.Arguments)}")];
                string[] expected = [.. calls.Select(c => $"{c["name"]} {Normal(c["arguments"]!.ToJsonString())}")];
                several += names.Length == 2 ? 1 : 0;
                // Where a template shows one call, the other stands in a turn of its own.
                if (!names.SequenceEqual(expected) && !(expected.Length == 2 && names is [var first] && first == expected[0]))
                {
                    wrong.Add($"{Path.GetFileName(path)} ({ReplyFormat.Of(source).Name}): {JsonSerializer.Serialize(turn.Value.reply)}\n  {reply}");
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{read} turns, {several} with two calls");
        Assert.True(several >= 50);
        Assert.Equal(known.Order(), refused.Order());
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong:\n{string.Join("\n", wrong)}");
    }

    private static ReplyFunction[] Functions { get; } =
    [
        new("get_weather", JsonDocument.Parse("""{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"},"list":{"type":"array","items":{"type":"string"}}},"required":["city"]}""").RootElement),
        new("now", JsonDocument.Parse("""{"type":"object","properties":{}}""").RootElement),
    ];

    private static IEnumerable<JsonObject[]> Calls()
    {
        yield return [new JsonObject { ["name"] = "get_weather", ["arguments"] = new JsonObject { ["city"] = "Łódź \"x\"", ["days"] = 2 } }];
        yield return [new JsonObject { ["name"] = "get_weather", ["arguments"] = new JsonObject { ["city"] = "A", ["list"] = new JsonArray("b", "c") } }];
        yield return [new JsonObject { ["name"] = "get_weather", ["arguments"] = new JsonObject { ["city"] = "A" } }, new JsonObject { ["name"] = "now", ["arguments"] = new JsonObject() }];
    }

    // The reply is what the message adds to the prompt for it.
    private static (string Prompt, string Reply)? Turn(ChatTemplate template, JsonObject[] calls)
    {
        ChatOptions options = new LocalChatOptions { Tools = [.. Functions.Select(f => AIFunctionFactory.CreateDeclaration(f.Name, "Does it.", f.Parameters))], TemplateOptions = new() { Now = DateTimeOffset.UnixEpoch } };
        LocalChatOptions ended = new() { Tools = options.Tools, TemplateOptions = new() { AddGenerationPrompt = false, Now = DateTimeOffset.UnixEpoch } };
        ChatMessage user = new(ChatRole.User, Question);
        ChatMessage assistant = new(ChatRole.Assistant, [.. calls.Select((c, i) => new FunctionCallContent($"call0000{i}", c["name"]!.ToString(), c["arguments"]!.Deserialize<Dictionary<string, object?>>()))]);
        ChatMessage result = new(ChatRole.Tool, [.. calls.Select((c, i) => new FunctionResultContent($"call0000{i}", "Found"))]);
        try
        {
            string prompt = template.Render([user], options);
            string whole = template.Render([user, assistant, result], ended);
            // Not within a marker: the prompt may have begun to think where the message calls.
            int shared = prompt.AsSpan().CommonPrefixLength(whole);
            int marker = shared < prompt.Length ? prompt.AsSpan(0, shared).LastIndexOf('<') : -1;
            shared = marker >= 0 && !prompt.AsSpan(marker..shared).Contains('>') ? marker : shared;
            int end = whole.IndexOf("Found", shared, StringComparison.Ordinal);
            return (prompt.Substring(0, shared), whole.Substring(shared, end - shared));
        }
        catch (Exception e) when (e is ChatTemplateException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static string Normal(string json)
    {
        try
        {
            return JsonNode.Parse(json)!.ToJsonString();
        }
        catch (JsonException)
        {
            return $"no JSON: {json}";
        }
    }
}
