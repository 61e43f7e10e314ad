using System.Globalization;
using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference;

/// <summary>Runs in a process of its own, which must live.</summary>
public sealed class GrammarFuzzChild(GrammarModel model) : IClassFixture<GrammarModel>
{
    [Fact(Explicit = true)]
    public void Follows_random_grammars()
    {
        int count = Number("LOCALLLM_FUZZ_COUNT");
        int seed = Number("LOCALLLM_FUZZ_SEED");
        string progress = Environment.GetEnvironmentVariable("LOCALLLM_FUZZ_CASE")!;
        using Candidates candidates = new(model.Vocabulary.Count);
        float[] logits = new float[model.Vocabulary.Count];
        int followed = 0;
        using Timer watchdog = new(_ => Environment.FailFast("llama.cpp does not get through this grammar."));
        for (int i = 0; i < count; i++)
        {
            Random random = new(unchecked((seed * 31) + i));
            string grammar = RandomGrammar.Write(random);
            watchdog.Change(TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
            File.WriteAllText(progress, $"case {i}:\n{grammar}");
            followed += TryFollow(grammar, random, candidates, logits) ? 1 : 0;
        }

        // If little is valid, the test tests little.
        Assert.InRange(followed, count / 5, count);
    }

    private bool TryFollow(string grammar, Random random, Candidates candidates, float[] logits)
    {
        GrammarConstraint constraint;
        try
        {
            constraint = new GrammarConstraint(Grammar.Parse(grammar).For(model.Vocabulary), model.Vocabulary);
        }
        catch (GrammarException refused)
        {
            Assert.DoesNotContain("report", refused.Message, StringComparison.Ordinal);
            return false;
        }

        using (constraint)
        {
            for (int step = 0; step < 40; step++)
            {
                constraint.Allows(random.Next(logits.Length));
                candidates.Fill(logits);
                constraint.Mask(candidates);
                if (candidates.Left.IsEmpty)
                {
                    break;
                }

                int token = candidates.Left[random.Next(candidates.Left.Length)].id;
                Assert.True(constraint.Allows(token));
                constraint.Accept(token);
                if (model.Vocabulary.EndsGeneration(token))
                {
                    break;
                }
            }
        }

        return true;
    }

    private static int Number(string variable) => int.Parse(Environment.GetEnvironmentVariable(variable)!, CultureInfo.InvariantCulture);
}
