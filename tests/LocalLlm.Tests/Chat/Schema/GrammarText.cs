using System.Text;
using LocalLlm.Inference;

namespace LocalLlm.Tests.Chat.Schema;

/// <summary>The texts of a grammar, without a model.</summary>
internal sealed class GrammarText
{
    private readonly GrammarProgram _program;
    private readonly GrammarAutomaton _automaton;

    internal GrammarText(string gbnf)
    {
        Grammar grammar = Grammar.Parse(gbnf);
        _program = grammar.Program;
        _automaton = new GrammarAutomaton(_program, [], grammar.Root.Index);
    }

    internal bool Matches(string text)
    {
        GrammarState state = _automaton.Start;
        foreach (Rune rune in text.EnumerateRunes())
        {
            state = After(state, rune.Value);
        }

        return state.IsComplete;
    }

    /// <summary>A text at random, with a bias to end; null where it does not.</summary>
    internal string? Draw(Random random, int length = 8000)
    {
        const string closing = "\"}],:.0";
        StringBuilder text = new();
        GrammarState state = _automaton.Start;
        double haste = random.NextDouble();
        while (text.Length < length)
        {
            if (state.IsFinished || (state.IsComplete && random.NextDouble() < 0.5))
            {
                return text.ToString();
            }

            int? next = text.Length > 60 || random.NextDouble() < haste ? closing.Select(c => (int?)c).FirstOrDefault(c => !After(state, c!.Value).IsDead) : null;
            int character = next is not null && random.Next(8) > 0 ? next.Value : Any(state, random);
            state = After(state, character);
            text.Append(char.ConvertFromUtf32(character));
        }

        return null;
    }

    private int Any(GrammarState state, Random random)
    {
        GrammarItem item = state.Characters[random.Next(state.Characters.Length)];
        ReadOnlySpan<(int First, int Last)> ranges = _program.Sets[_program[item.Position].Argument].Ranges;
        (int first, int last) = ranges[random.Next(ranges.Length)];
        return random.Next(4) switch
        {
            0 => first,
            1 => last,
            _ => random.Next(first, Math.Min(last, Math.Max(first, 'z')) + 1),
        };
    }

    private GrammarState After(GrammarState state, int character)
    {
        _automaton.BeginCall();
        return _automaton.After(state, default, character);
    }
}
