using System.Text;
using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference;

/// <summary>LOCALLLM_FUZZ_COUNT and LOCALLLM_FUZZ_SEED choose other random grammars.</summary>
public sealed class GrammarAutomatonTests
{
    private static readonly string[] Elements = ["\"a\"", "\"b\"", "\"ab\"", "\"\"", "[ab]", "[^a]", "."];
    private static readonly string[] Repetitions = ["*", "+", "?", "{2}", "{0,2}", "{1,3}", "{2,}", "{0,40}"];

    [Fact]
    public void Random_grammars_are_followed_as_by_a_slow_matcher()
    {
        int seed = Requirement.Number("LOCALLLM_FUZZ_SEED") ?? 20261125;
        int count = Requirement.Number("LOCALLLM_FUZZ_COUNT") ?? (Requirement.RunsAll ? 10_000 : 1500);
        TestContext.Current.TestOutputHelper?.WriteLine($"LOCALLLM_FUZZ_COUNT={count} LOCALLLM_FUZZ_SEED={seed}");
        int followed = 0;
        for (int i = 0; i < count; i++)
        {
            Random random = new(unchecked((seed * 31) + i));
            followed += Compare(WriteGrammar(random), random) ? 1 : 0;
        }

        // If few have any text, the test tests little.
        Assert.InRange(followed, count / 3, count);
    }

    public static TheoryData<string, string, int> Ambiguous => new()
    {
        { "root ::= \"a\" root | \"b\"", "a", 20 },
        { "root ::= r\nr ::= \"a\" s | \"b\"\ns ::= (r | \"c\")", "a", 30 },
        { "root ::= root \"a\" | \"a\"", "a", 30 },
        { "root ::= (\"a\"*)*", "a", 30 },
        { "root ::= ((\"a\"?){0,20}){0,20}", "a", 3000 },
        { "root ::= [^b]{0,900} \"b\"", "a", 20 },
    };

    [Theory, MemberData(nameof(Ambiguous))]
    public void Each_character_costs_the_same(string grammar, string repeated, int most)
    {
        (GrammarAutomaton automaton, GrammarRule _) = Make(GrammarParser.Parse(new GrammarSource(grammar)));
        GrammarState state = automaton.Start;
        for (int i = 0; i < 300; i++)
        {
            automaton.BeginCall();
            state = automaton.After(state, default, repeated[0]);

            Assert.False(state.IsDead);
            Assert.InRange(automaton.Work, 0, most);
        }
    }

    // Native matchers that keep each way by itself never end here.
    [Theory]
    [InlineData("root ::= r\nr ::= [^a] r{0,40} | \"a\"", 60)]
    [InlineData("root ::= root root | \"x\" | \"\"", 100)]
    [InlineData("root ::= (root? root? root? | [^a])", 60)]
    [InlineData("root ::= a* b* a* b*\na ::= [^a]+ | b\nb ::= [^b]{0,99} | a", 60)]
    [InlineData("root ::= \"x\" r r r r r r r | \"x\"\nr ::= root | root root | .", 60)]
    public void Ambiguity_costs_little_at_first_and_is_refused_before_it_costs_much(string grammar, int followed)
    {
        (GrammarAutomaton automaton, GrammarRule _) = Make(GrammarParser.Parse(new GrammarSource(grammar)));
        GrammarState state = automaton.Start;
        GrammarException? error = null;
        int length = 0;
        for (; length < 120 && error is null; length++)
        {
            automaton.BeginCall();
            error = (GrammarException?)Record.Exception(() => state = automaton.After(state, default, 'x'));
            Assert.False(state.IsDead);
            Assert.InRange(automaton.Work, 0, 2_100_000);
        }

        Assert.True(length > followed, $"{length} characters");
        Assert.True(error is null || error.Message.Contains("ambiguous", StringComparison.Ordinal), error?.Message);
    }

    [Fact]
    public void What_is_known_is_forgotten_at_a_limit_and_what_a_text_needs_has_one()
    {
        (GrammarAutomaton automaton, GrammarRule _) = Make(GrammarParser.Parse(new GrammarSource("root ::= \"(\" root root? \")\" | \"b\"")));
        GrammarException error = Assert.Throws<GrammarException>(() => OpenForever(automaton));
        Assert.Contains("memory", error.Message, StringComparison.Ordinal);
    }

    // Every parenthesis must be remembered.
    private static void OpenForever(GrammarAutomaton automaton)
    {
        GrammarState state = automaton.Start;
        for (int known = automaton.TimesForgotten; ;)
        {
            automaton.BeginCall();
            state = automaton.After(state, default, '(');
            Assert.False(automaton.After(automaton.After(state, default, 'b'), default, ')').IsDead);
            if (automaton.TimesForgotten != known)
            {
                known = automaton.TimesForgotten;
                GrammarAutomaton.CheckSize(state);
            }
        }
    }

    private static bool Compare(string grammar, Random random)
    {
        IReadOnlyList<GrammarRule> rules = GrammarParser.Parse(new GrammarSource(grammar));
        (GrammarAutomaton automaton, GrammarRule root) = Make(rules);
        if (!new SlowMatcher(rules, "").CanEnd(root))
        {
            Assert.True(automaton.Start.IsDead, grammar);
            return false;
        }

        for (int texts = 0; texts < 3; texts++)
        {
            string text = "";
            GrammarState state = automaton.Start;
            do
            {
                SlowMatcher slow = new(rules, text);
                Assert.True((slow.IsPrefix(root), slow.IsWhole(root)) == (!state.IsDead, state.IsComplete), $"'{text}' for\n{grammar}");
                text += "abc"[random.Next(random.Next(4) == 0 ? 3 : 2)];
                state = automaton.After(state, default, text[^1]);
            }
            while (text.Length < 7 && (!state.IsDead || random.Next(4) == 0));
        }

        return true;
    }

    private static (GrammarAutomaton Automaton, GrammarRule Root) Make(IReadOnlyList<GrammarRule> rules)
    {
        GrammarRule root = rules.Single(r => r.Name == "root");
        return (new GrammarAutomaton(GrammarCompiler.Compile(rules, root), [], root.Index), root);
    }

    // Any rule may call any other anywhere: recursion on all sides, ambiguous, through what may be empty, without end.
    private static string WriteGrammar(Random random)
    {
        StringBuilder text = new();
        int rules = random.Next(1, 5);
        for (int i = 0; i < rules; i++)
        {
            text.Append(i == 0 ? "root" : $"r{i}").Append(" ::= ");
            WriteAlternatives(depth: 0);
            text.Append('\n');
        }

        return text.ToString();

        void WriteAlternatives(int depth)
        {
            for (int alternatives = random.Next(1, 4); alternatives > 0; alternatives--)
            {
                text.Append("\"\" ");
                for (int items = random.Next(0, 4); items > 0; items--)
                {
                    WriteItem(depth);
                }

                text.Append(alternatives > 1 ? "| " : "");
            }
        }

        void WriteItem(int depth)
        {
            int kind = random.Next(10);
            if (kind < 3)
            {
                int rule = random.Next(rules);
                text.Append(rule == 0 ? "root" : $"r{rule}");
            }
            else if (kind == 3 && depth < 2)
            {
                text.Append('(');
                WriteAlternatives(depth + 1);
                text.Append(')');
            }
            else
            {
                string element = Elements[random.Next(Elements.Length)];
                text.Append(element);
                if (element == "\"\"")
                {
                    text.Append(' ');
                    return;
                }
            }

            text.Append(random.Next(3) == 0 ? Repetitions[random.Next(Repetitions.Length)] : "").Append(' ');
        }
    }
}
