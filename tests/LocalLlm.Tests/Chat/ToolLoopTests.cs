using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat;

/// <summary>The guide model with functions that a loop runs, as middleware would.</summary>
public sealed class ToolLoopTests(GuideFixture guide) : IClassFixture<GuideFixture>
{
    private static readonly AIFunction[] Tools =
    [
        AIFunctionFactory.Create((string city) => new Dictionary<string, object> { ["city"] = city, ["temperature"] = 21, ["condition"] = "sunny" }, "get_weather", "Get the current weather in a city."),
        AIFunctionFactory.Create((string city) => new Dictionary<string, object> { ["city"] = city, ["time"] = "14:05" }, "get_time", "Get the local time in a city."),
        AIFunctionFactory.Create((double a, double b) => a + b, "add", "Add two numbers."),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_functions_are_called_and_their_results_answered_with()
    {
        List<ChatMessage> history = [new(ChatRole.User, "What is the weather in Oslo?")];
        IReadOnlyList<string> first = await RunAsync(history);
        Assert.Equal(["get_weather {\"city\":\"Oslo\"}"], first);
        Assert.Contains("21", history[^1].Text, StringComparison.Ordinal);

        history.Add(new ChatMessage(ChatRole.User, "What time is it in Oslo?"));
        IReadOnlyList<string> second = await RunAsync(history);
        Assert.Equal(["get_time {\"city\":\"Oslo\"}"], second);
        Assert.Contains("14:05", history[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_functions_are_called_at_once()
    {
        List<ChatMessage> history = [new(ChatRole.User, "Check the weather in Oslo and add 12 and 30.")];

        Assert.Equal(["get_weather {\"city\":\"Oslo\"}", "add {\"a\":12,\"b\":30}"], await RunAsync(history));
        Assert.Contains("21", history[^1].Text, StringComparison.Ordinal);
    }

    // Until the model answers with text: the calls that it made.
    private async Task<IReadOnlyList<string>> RunAsync(List<ChatMessage> history)
    {
        IChatClient client = guide.Model.AsChatClient(new ChatOptions { Temperature = 0, Tools = [.. Tools] });
        List<string> made = [];
        for (int turn = 0; turn < 4; turn++)
        {
            ChatResponse response = await client.GetResponseAsync(history, cancellationToken: Token);
            history.AddMessages(response);
            FunctionCallContent[] calls = [.. response.Messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>()];
            if (calls.Length == 0)
            {
                break;
            }

            foreach (FunctionCallContent call in calls)
            {
                Assert.Null(call.Exception);
                made.Add($"{call.Name} {{{string.Join(",", call.Arguments!.Select(a => $"\"{a.Key}\":{((JsonElement)a.Value!).GetRawText()}"))}}}");
                object? result = await Tools.Single(t => t.Name == call.Name).InvokeAsync(new AIFunctionArguments(call.Arguments), Token);
                history.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)]));
            }
        }

        return made;
    }
}
