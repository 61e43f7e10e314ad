using System.Text.Json.Nodes;

namespace LocalLlm.Tests.Chat.Templating;

/// <summary>Random templates beside Python's Jinja2: 1,000, or 20,000 where LOCALLLM_TESTS is "all".</summary>
public sealed class RandomTemplateTests
{
    [Fact]
    public async Task A_random_template_gives_what_Jinja2_gives()
    {
        JinjaOracle.Require();
        int seed = int.TryParse(Environment.GetEnvironmentVariable("LOCALLLM_SEED"), out int given) ? given : 20260307;
        RandomTemplate templates = new(new Random(seed));
        JsonObject variables = RandomTemplate.Variables;
        (string Template, JsonObject Variables)[] cases = [.. Enumerable.Range(0, Requirement.RunsAll ? 20_000 : 1_000).Select(_ => (templates.Next(), variables))];

        List<JinjaAnswer> expected = await JinjaOracle.AskAsync(cases);
        List<string> different = [];
        int texts = 0;
        for (int i = 0; i < cases.Length; i++)
        {
            if (IsUnlike(expected[i]))
            {
                continue;
            }

            JinjaAnswer ours = JinjaOracle.Ours(cases[i].Template, variables);
            texts += expected[i].Text is null ? 0 : 1;
            if (!ours.Agrees(expected[i]) && ours.Error?.Contains("not subscriptable by a slice", StringComparison.Ordinal) != true)
            {
                different.Add($"{cases[i].Template}\n  {expected[i]}\n  {ours}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {cases.Length} templates, {texts} with a text");
        Assert.True(different.Count == 0, $"{different.Count} differ:\n{string.Join("\n\n", different.Take(40))}");
    }

    // Python shows where an object lies in memory, and Jinja works out beforehand, or not, what has no variables:
    // a slice of a number is an error in one place and undefined in another.
    private static bool IsUnlike(JinjaAnswer answer) =>
        answer.Text?.Replace("-", "", StringComparison.Ordinal) is { } text && (text.Contains(" at 0x", StringComparison.Ordinal) || text.Contains("<bound method", StringComparison.Ordinal))
        || answer.Error?.Contains("is not subscriptable", StringComparison.Ordinal) == true;
}
