using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LocalLlm.Chat;
using LocalLlm.Chat.Sessions;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat.Sessions;

/// <summary>Of every option there is, also of those that will be added: it is saved, and a call's goes before a session's.</summary>
public sealed class SavedOptionsTests
{
    // Code, not data.
    private static readonly string[] NotSaved = [nameof(ChatOptions.Tools), nameof(ChatOptions.RawRepresentationFactory)];

    private static readonly PropertyInfo[] Properties = [.. typeof(LocalChatOptions).GetProperties().Where(p => p.CanWrite)];

    private static readonly JsonSerializerOptions Comparison = new(AIJsonUtilities.DefaultOptions) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    [Fact]
    public void Each_option_is_saved()
    {
        LocalChatOptions options = AllSet();
        Assert.All(Properties, p => Assert.True(NotSaved.Contains(p.Name) || p.GetValue(options) is not null, $"{p.Name} is not set: add it to this test."));

        AssertEqual(options, SavedOptions.Of(options).Read());
        AssertEqual(new LocalChatOptions(), SavedOptions.Of(new LocalChatOptions()).Read());
    }

    [Fact]
    public void Each_option_of_a_call_goes_before_the_session_s()
    {
        LocalChatOptions all = AllSet();
        all.Tools = [AIFunctionFactory.Create(() => 1, "one")];
        all.RawRepresentationFactory = _ => null;

        AssertEqual(all, OptionDefaults.Under(null, all));
        AssertEqual(all, OptionDefaults.Under(all, new LocalChatOptions()));
        Assert.All(NotSaved, n => Assert.NotNull(typeof(LocalChatOptions).GetProperty(n)!.GetValue(OptionDefaults.Under(new ChatOptions(), all))));
        LocalChatOptions call = new() { Temperature = 2, StopSequences = [], Overflow = OverflowPolicy.Throw, AdditionalProperties = new() { ["k"] = 2 } };
        LocalChatOptions merged = OptionDefaults.Under(call, all);
        Assert.Equal((2f, 0, OverflowPolicy.Throw), (merged.Temperature, merged.StopSequences!.Count, merged.Overflow));
        Assert.Equal((2, "w"), (merged.AdditionalProperties!["k"], merged.AdditionalProperties["v"]?.ToString()));
        Assert.Null(call.TopP);
        Assert.Single(call.AdditionalProperties);
    }

    // Where reflection is off, as in a trimmed application, only what was generated is left.
    [Fact]
    public void What_is_written_needs_no_reflection()
    {
        JsonSerializerContext generated = AIJsonUtilities.DefaultOptions.TypeInfoResolverChain.OfType<JsonSerializerContext>().First();

        Assert.All((Type[])[typeof(IList<ChatMessage>), typeof(ChatOptions)], t => Assert.NotNull(generated.GetTypeInfo(t)));
    }

    internal static LocalChatOptions AllSet() => new()
    {
        ConversationId = "conversation",
        Instructions = "Be brief.",
        Temperature = 0.3f,
        MaxOutputTokens = 77,
        TopP = 0.8f,
        TopK = 9,
        FrequencyPenalty = 0.1f,
        PresencePenalty = 0.2f,
        Seed = 1L << 40,
        Reasoning = new ReasoningOptions { Effort = ReasoningEffort.Low, Output = ReasoningOutput.Full },
        ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse("""{"type":"object"}"""), "name"),
        ModelId = "model",
        StopSequences = ["stop", "\n"],
        AllowMultipleToolCalls = true,
        ToolMode = ChatToolMode.RequireSpecific("add"),
        AllowBackgroundResponses = true,
        ContinuationToken = ResponseContinuationToken.FromBytes(new byte[] { 1, 2 }),
        AdditionalProperties = new() { ["k"] = 1, ["v"] = "w" },
        MinP = 0.07f,
        TypicalP = 0.9f,
        TopNSigma = 1.5f,
        DynamicTemperature = new DynamicTemperatureOptions { Range = 0.2f },
        Xtc = new XtcOptions { Threshold = 0.3f },
        Mirostat = new MirostatOptions { Version = 1 },
        RepetitionPenalty = 1.1f,
        PenaltyWindow = 12,
        Dry = new DryOptions { Base = 2, SequenceBreakers = ["\n"] },
        LogitBias = new Dictionary<int, float> { [3] = float.NegativeInfinity, [4] = 0.5f },
        LogProbabilities = 2,
        Overflow = OverflowPolicy.DropMiddle,
        Grammar = "root ::= \"a\"",
        TemplateOptions = new TemplateOptions
        {
            Name = "tool_use",
            Variables = new Dictionary<string, JsonNode?> { ["enable_thinking"] = false, ["list"] = new JsonArray(1, null) },
            Now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)),
            AddGenerationPrompt = false,
        },
    };

    internal static void AssertEqual(LocalChatOptions expected, LocalChatOptions actual) =>
        Assert.All(Properties.Where(p => !NotSaved.Contains(p.Name)), p => Assert.Equal(Text(p.GetValue(expected)), Text(p.GetValue(actual))));

    private static string Text(object? value) => value is null ? "null" : JsonSerializer.Serialize(value, value.GetType(), Comparison);
}
