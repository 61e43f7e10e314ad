namespace LocalLlm.Tests.Chat.Schema;

public sealed class JsonGrammarTests
{
    public static TheoryData<string> Schemas => [.. SchemaCases.All.Select(c => c.Schema)];

    [Theory, MemberData(nameof(Schemas))]
    public void What_is_valid_matches_the_grammar_and_what_is_not_does_not(string schema)
    {
        SchemaCase wanted = SchemaCases.All.Single(c => c.Schema == schema);
        GrammarText grammar = new(wanted.Grammar);

        Assert.All(wanted.Accepted, text => Assert.True(grammar.Matches(text), $"{text} is refused."));
        Assert.All(wanted.Refused, text => Assert.False(grammar.Matches(text), $"{text} is accepted."));
    }

    [Fact]
    public async Task Every_text_of_a_grammar_is_valid_under_its_schema()
    {
        SchemaOracle.Require();
        int count = Requirement.RunsAll ? 50 : 5;
        Random random = new(20261129);
        (string, IReadOnlyList<string>)[] cases = [.. SchemaCases.All.Select(c => (c.Schema, Draw(c, random, count)))];

        await SchemaOracle.AssertValidAsync(cases);
        await SchemaOracle.AssertValidAsync([.. SchemaCases.All.Select(c => (c.Schema, (IReadOnlyList<string>)c.Accepted))]);
    }

    private static string[] Draw(SchemaCase from, Random random, int count)
    {
        GrammarText grammar = new(from.Grammar);
        string[] texts = [.. Enumerable.Range(0, count).Select(_ => grammar.Draw(random)).OfType<string>()];
        Assert.True(texts.Length >= count / 2, $"Only {texts.Length} of {count} texts end: {from.Schema}");
        return texts;
    }
}
