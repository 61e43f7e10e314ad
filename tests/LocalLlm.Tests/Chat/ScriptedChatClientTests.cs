using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat;

/// <summary>The contract, with answers that the tests write.</summary>
public sealed class ScriptedChatClientTests(ScriptedModel scripted) : ChatClientContract, IClassFixture<ScriptedModel>
{
    protected override LocalModel Model => scripted.Model;

    protected override Question Plain => new([new(ChatRole.User, "How is the sky?")], scripted.Answering("The sky is blue. Ünïcode 😀, the rest is silence."));

    protected override Question Calling => new(
        [new(ChatRole.User, "How is the weather in Oslo?")],
        With(scripted.Answering("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>"), Weather));

    protected override ChatOptions Closing(ChatOptions options) =>
        new LocalChatOptions
        {
            ResponseFormat = options.ResponseFormat,
            Tools = options.Tools,
            ToolMode = options.ToolMode,
            MaxOutputTokens = options.MaxOutputTokens,
            Temperature = options.Temperature,
            LogitBias = new Dictionary<int, float> { [Id("\"")] = 50, [Id("}")] = 60, [Id("]")] = 60, [Mark("<tool_call>")] = 70, [Mark("<think>")] = -100 },
        };

    private static LocalChatOptions With(LocalChatOptions options, params AITool[] tools)
    {
        options.Tools = tools;
        return options;
    }

    private int Id(string text) => Model.Tokenize(text).Single();

    private int Mark(string text) => Model.Tokenize(text, parseSpecial: true).Single();
}
