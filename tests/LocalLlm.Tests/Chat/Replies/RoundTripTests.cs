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
        List<string> wrong = [];
        int read = 0;
        foreach (string path in Directory.EnumerateFiles(Path.Combine(LlamaSource.Folder, "models", "templates"), "*.jinja").Order(StringComparer.Ordinal))
        {
            string source = File.ReadAllText(path);
            ChatTemplate template = ChatTemplate.Parse(source);
            foreach (JsonObject[] calls in Calls())
            {
                (string prompt, string reply)? turn = Turn(template, calls);
                if (turn is null)
                {
                    wrong.Add($"{Path.GetFileName(path)}: refused");
                    break;
                }

                read++;
                ReadReply reply = ReadReply.Of(ReplyFormat.Of(source), Functions, turn.Value.prompt, turn.Value.reply);
                string[] names = [.. reply.Calls.Select(c => $"{c.Name} {Normal(c.Arguments)}")];
                string[] expected = [.. calls.Select(c => $"{c["name"]} {Normal(c["arguments"]!.ToJsonString())}")];
                if (!names.SequenceEqual(expected))
                {
                    wrong.Add($"{Path.GetFileName(path)} ({ReplyFormat.Of(source).Name}): {JsonSerializer.Serialize(turn)}\n  {reply}");
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{read} turns");
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
            int shared = prompt.AsSpan().CommonPrefixLength(whole);
            int end = whole.IndexOf("Found", shared, StringComparison.Ordinal);
            return (prompt[..shared], whole[shared..end]);
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
