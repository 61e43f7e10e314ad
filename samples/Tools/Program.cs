// A model that calls functions of this program: Tools [QUESTION]. The library never runs a function: this loop does, and answers the calls.
using System.ComponentModel;
using LocalLlm;
using Microsoft.Extensions.AI;

AIFunction[] tools =
[
    AIFunctionFactory.Create(GetWeather, "get_weather", "Get the current weather in a city."),
    AIFunctionFactory.Create(Add, "add", "Add two numbers."),
];
using LocalModel model = LocalModel.Load(GuideModel.Path);
List<ChatMessage> history = [new(ChatRole.User, args.Length > 0 ? string.Join(' ', args) : "What is the weather in Oslo?")];
ChatOptions options = new() { Tools = [.. tools], Temperature = 0 };
for (int turn = 0; turn < 8; turn++)
{
    ChatReply reply = await model.ChatAsync(history, options);
    history.AddMessages(reply);
    FunctionCallContent[] calls = [.. reply.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()];
    if (calls.Length == 0)
    {
        Console.WriteLine(reply.Text);
        break;
    }
    foreach (FunctionCallContent call in calls)
    {
        object? result = await RunAsync(call);
        Console.WriteLine($"{call.Name}({string.Join(", ", call.Arguments?.Select(argument => $"{argument.Key}: {argument.Value}") ?? [])}) = {result}");
        history.Add(new(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)]));
    }
}

async Task<object?> RunAsync(FunctionCallContent call) =>
    call.Exception is { } malformed ? $"The arguments can't be read: {malformed.Message}"
    : tools.FirstOrDefault(tool => tool.Name == call.Name) is { } tool ? await tool.InvokeAsync(new AIFunctionArguments(call.Arguments))
    : $"There is no function {call.Name}.";

static string GetWeather([Description("Name of the city")] string city) => $"{city.Length * 4} degrees and sunny";

static double Add([Description("First number")] double a, [Description("Second number")] double b) => a + b;
