using System.Text.Json;
using LocalLlm.Chat.Schema;

namespace LocalLlm.Tests.Chat.Schema;

/// <summary>Schemas at the edge of what a grammar can keep.</summary>
public sealed class SchemaEdgeTests
{
    // ECMAScript takes these for space, others do not: neither \s nor [^\s] is written with them.
    [Theory]
    [InlineData("^[^\\\\s]$")]
    [InlineData("^\\\\S$")]
    [InlineData("^\\\\s$")]
    public void What_may_be_space_is_not_written(string pattern)
    {
        GrammarText grammar = new(JsonGrammar.Of(JsonElement.Parse($$"""{"type":"string","pattern":"{{pattern}}"}""")).Text);

        Assert.False(grammar.Matches("\"\u00A0\""));
        Assert.False(grammar.Matches("\"\u3000\""));
        Assert.NotEqual(grammar.Matches("\" \""), grammar.Matches("\"a\""));
    }

    [Fact]
    public void What_is_empty_is_repeated_in_no_time() =>
        Assert.True(new GrammarText(JsonGrammar.Of(JsonElement.Parse("""{"type":"string","pattern":"^a((){1000000}){1000000}$"}""")).Text).Matches("\"a\""));

    [Fact]
    public void Bounds_without_a_type_are_refused_by_their_place() =>
        Assert.Contains(" $: ", Assert.Throws<NotSupportedException>(() => JsonGrammar.Of(JsonElement.Parse("""{"exclusiveMinimum":0,"exclusiveMaximum":1e-20}"""))).Message, StringComparison.Ordinal);

    // Counted to a thousand only: that none is as long must not be taken for certain.
    [Theory]
    [InlineData("""{"type":"string","pattern":"^a{1001,}$","maxLength":2000}""")]
    [InlineData("""{"oneOf":[{"type":"string","pattern":"^a{1001,}$"},{"type":"string","pattern":"^a+$","maxLength":2000}]}""")]
    public void A_length_that_is_not_counted_is_refused(string schema) =>
        Assert.Contains("maxLength", Assert.Throws<NotSupportedException>(() => JsonGrammar.Of(JsonElement.Parse(schema))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_refusal_is_told_each_time()
    {
        JsonElement schema = JsonElement.Parse("""{"not":{"type":"string"}}""");

        Assert.Equal(Assert.Throws<NotSupportedException>(() => JsonGrammar.Check(schema)).Message, Assert.Throws<NotSupportedException>(() => JsonGrammar.Check(schema)).Message);
    }
}
