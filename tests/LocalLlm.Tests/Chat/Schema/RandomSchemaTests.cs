using System.Globalization;
using System.Text.Json;
using LocalLlm.Chat.Schema;

namespace LocalLlm.Tests.Chat.Schema;

/// <summary>LOCALLLM_FUZZ_COUNT and LOCALLLM_FUZZ_SEED choose other random schemas.</summary>
public sealed class RandomSchemaTests
{
    [Fact]
    public async Task Every_text_of_a_random_schemas_grammar_is_valid_under_it()
    {
        SchemaOracle.Require();
        int seed = Number("LOCALLLM_FUZZ_SEED") ?? 20261129;
        int count = Number("LOCALLLM_FUZZ_COUNT") ?? (Requirement.RunsAll ? 4000 : 300);
        List<(string, IReadOnlyList<string>)> cases = [];
        Dictionary<string, int> refusals = [];
        int texts = 0;
        for (int i = 0; i < count; i++)
        {
            Random random = new(seed + i);
            string schema = RandomSchema.Write(random);
            try
            {
                GrammarText grammar = new(JsonGrammar.Of(JsonElement.Parse(schema)).Text);
                string[] drawn = [.. Enumerable.Range(0, 8).Select(_ => grammar.Draw(random, 1000)).OfType<string>()];
                texts += drawn.Length;
                cases.Add((schema, drawn));
            }
            catch (Exception e) when (e is NotSupportedException or ArgumentException)
            {
                string reason = e.Message[(e.Message.IndexOf("$", StringComparison.Ordinal) is var at and >= 0 ? at : 0)..];
                reason = reason[(reason.IndexOf(": ", StringComparison.Ordinal) + 2)..];
                refusals[reason[..Math.Min(60, reason.Length)]] = refusals.GetValueOrDefault(reason[..Math.Min(60, reason.Length)]) + 1;
            }
        }

        string summary = $"LOCALLLM_FUZZ_COUNT={count} LOCALLLM_FUZZ_SEED={seed}: {cases.Count} schemas kept, {texts} texts; refused: {string.Join("; ", refusals.Select(r => $"{r.Value} {r.Key}"))}";
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        Assert.True(cases.Count >= count / 2 && texts >= 5 * cases.Count, summary);
        await SchemaOracle.AssertValidAsync(cases);
    }

    private static int? Number(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
