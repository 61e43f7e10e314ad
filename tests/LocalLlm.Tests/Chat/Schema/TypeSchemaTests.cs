using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using LocalLlm.Chat.Schema;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat.Schema;

/// <summary>Schemas as Microsoft.Extensions.AI writes them for types.</summary>
public sealed class TypeSchemaTests
{
    public enum Color
    {
        Red,
        Green,
        DarkBlue,
    }

    [Fact]
    public void What_the_grammar_of_a_type_lets_through_can_be_read_as_that_type()
    {
        JsonElement schema = AIJsonUtilities.CreateJsonSchema(typeof(Order));
        GrammarText grammar = new(JsonGrammar.Of(schema).Text);
        Random random = new(7);

        for (int i = 0; i < (Requirement.RunsAll ? 300 : 30); i++)
        {
            string text = grammar.Draw(random)!;
            Order order = JsonSerializer.Deserialize<Order>(text, AIJsonUtilities.DefaultOptions)!;
            Assert.NotNull(order.Customer);
            Assert.InRange(order.Quantity, 1, 100);
        }
    }

    [Fact]
    public void The_parameters_of_a_function_are_kept()
    {
        AIFunction function = AIFunctionFactory.Create(
            ([Description("A city")] string city, Color? color, int[] sizes, Dictionary<string, double>? weights = null, Color other = Color.Green) => $"{city}{color}{sizes}{weights}{other}", "f");
        GrammarText grammar = new(JsonGrammar.Of(function.JsonSchema).Text);

        Assert.True(grammar.Matches("""{"city": "Rome", "color": "DarkBlue", "sizes": [1, 2]}"""));
        Assert.True(grammar.Matches("""{"city":"Rome","color":null,"sizes":[],"weights":{"a":1.5},"other":"Red"}"""));
        Assert.True(grammar.Matches("""{"city":"Rome","color":null,"sizes":[],"weights":null}"""));
        Assert.False(grammar.Matches("""{"city":"Rome","color":"Blue","sizes":[]}"""));
        Assert.False(grammar.Matches("""{"city":"Rome","sizes":[]}"""));
        Assert.False(grammar.Matches("""{"city":"Rome","color":null,"sizes":[],"other":null}"""));
    }

    [Fact]
    public void A_function_without_parameters_takes_an_empty_object()
    {
        GrammarText grammar = new(JsonGrammar.Of(AIFunctionFactory.Create(() => 1, "f").JsonSchema).Text);

        Assert.True(grammar.Matches("{}"));
        Assert.False(grammar.Matches("""{"a":1}"""));
    }

    [Fact]
    public void The_schema_is_shown_as_it_is()
    {
        JsonGrammar grammar = JsonGrammar.Of(JsonElement.Parse("{ \"type\": \"string\",\n \"description\": \"é <b> 模\" }"));

        Assert.Equal("{\"type\":\"string\",\"description\":\"é <b> 模\"}", grammar.Schema);
        Assert.Null(JsonGrammar.Any.Schema);
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{"a": [1, {"b": null}], "c": "x"}""", true)]
    [InlineData("[]", false)]
    [InlineData("1", false)]
    public void Without_a_schema_any_object_is_written(string text, bool isTaken) => Assert.Equal(isTaken, new GrammarText(JsonGrammar.Any.Text).Matches(text));

    [Fact]
    public void Several_schemas_share_one_grammar()
    {
        GrammarWriter writer = new();
        string first = JsonGrammar.Write(writer, JsonElement.Parse("""{"type":"object","properties":{"root":{"type":"string"}},"required":["root"]}"""));
        string second = JsonGrammar.Write(writer, JsonElement.Parse("""{"type":"object","properties":{"root":{"type":"integer"},"any":{}},"required":["root"]}"""));
        string any = JsonGrammar.WriteAny(writer);
        Assert.Equal("root", writer.Define("root", $"\"1\" {first} | {GrammarWriter.Literal("\"\\\n2é")} {second} | \"3\" {any}"));
        GrammarText grammar = new(writer.Text);

        Assert.True(grammar.Matches("""1{"root":"x"}"""));
        Assert.True(grammar.Matches("\"\\\n2é" + """{"root":5,"any":[true]}"""));
        Assert.True(grammar.Matches("""3{"a":{}}"""));
        Assert.False(grammar.Matches("""1{"root":5}"""));
        Assert.Equal(any, JsonGrammar.WriteAny(writer));
    }

    public sealed record Customer(string Name, [property: StringLength(5, MinimumLength = 2)] string? Code, Uri? Home);

    public sealed record Order
    {
        public required Customer Customer { get; init; }

        [Range(1, 100)]
        public required int Quantity { get; init; }

        public Color Color { get; init; }

        public Color? Second { get; init; }

        public long? Total { get; init; }

        public double Weight { get; init; }

        public decimal? Price { get; init; }

        public DateTimeOffset? At { get; init; }

        public DateTime Created { get; init; }

        public DateOnly? Day { get; init; }

        public Guid Id { get; init; }

        public TimeSpan? Duration { get; init; }

        public bool? IsPaid { get; init; }

        public IReadOnlyList<string>? Tags { get; init; }

        public Dictionary<string, Customer>? Others { get; init; }

        public Order? Parent { get; init; }

        [JsonPropertyName("any thing")]
        public JsonElement? Anything { get; init; }
    }
}
