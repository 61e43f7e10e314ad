using System.Text.Json;
using System.Text.RegularExpressions;
using LocalLlm.Chat.Schema;

namespace LocalLlm.Tests.Chat.Schema;

/// <summary>LOCALLLM_FUZZ_COUNT and LOCALLLM_FUZZ_SEED choose other random schemas.</summary>
public sealed class RandomSchemaTests
{
    [Fact]
    public async Task Every_text_of_a_random_schemas_grammar_is_valid_under_it()
    {
        SchemaOracle.Require();
        int seed = Requirement.Number("LOCALLLM_FUZZ_SEED") ?? 20261129;
        int count = Requirement.Number("LOCALLLM_FUZZ_COUNT") ?? (Requirement.RunsAll ? 2500 : 200);
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
                string[] drawn = [.. Enumerable.Range(0, 8).Select(_ => grammar.Draw(random)).OfType<string>()];
                texts += drawn.Length;
                cases.Add((schema, drawn));
            }
            catch (Exception e) when (e is NotSupportedException or ArgumentException)
            {
                string reason = Regex.Match(e.Message, @"\$.*?: (.{0,40})").Groups[1].Value;
                refusals[reason] = refusals.GetValueOrDefault(reason) + 1;
            }
        }

        string summary = $"LOCALLLM_FUZZ_COUNT={count} LOCALLLM_FUZZ_SEED={seed}: {cases.Count} schemas kept, {texts} texts; refused: {string.Join("; ", refusals.Select(r => $"{r.Value} {r.Key}"))}";
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        Assert.True(cases.Count >= count / 2 && texts >= 5 * cases.Count, summary);
        await SchemaOracle.AssertValidAsync(cases);
    }
}
