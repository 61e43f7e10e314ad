using System.Text;
using LocalLlm.Inference;
using Of = LocalLlm.Inference.GrammarInstruction.Of;

namespace LocalLlm.Tests.Chat.Schema;

/// <summary>The texts of a grammar, without a model.</summary>
internal sealed class GrammarText
{
    private const int Far = 1_000_000;

    private readonly GrammarProgram _program;
    private readonly GrammarAutomaton _automaton;
    private readonly Dictionary<int, int> _shortest = [];

    internal GrammarText(string gbnf)
    {
        Grammar grammar = Grammar.Parse(gbnf);
        _program = grammar.Program;
        _automaton = new GrammarAutomaton(_program, [], grammar.Root.Index);
        FindShortest(_program.EntryOf(grammar.Root.Index));
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

    /// <summary>A text at random, which takes the shortest way to its end after a while; null where that is long.</summary>
    internal string? Draw(Random random)
    {
        StringBuilder text = new();
        GrammarState state = _automaton.Start;
        int patience = random.Next(random.Next(1, 150));
        while (text.Length < 8000)
        {
            if (state.IsFinished || (state.IsComplete && (text.Length > patience || random.Next(4) == 0)))
            {
                return text.ToString();
            }

            int character = Next(state, random, isHasty: text.Length > patience);
            state = After(state, character);
            text.Append(char.ConvertFromUtf32(character));
        }

        return null;
    }

    private int Next(GrammarState state, Random random, bool isHasty)
    {
        GrammarItem[] items = state.Characters;
        if (isHasty)
        {
            Dictionary<GrammarFrame, int> known = [];
            int least = items.Min(item => Shortest(item, known));
            items = [.. items.Where(item => Shortest(item, known) == least)];
        }

        ReadOnlySpan<(int First, int Last)> ranges = _program.Sets[_program[items[random.Next(items.Length)].Position].Argument].Ranges;
        (int first, int last) = ranges[random.Next(ranges.Length)];
        return random.Next(4) switch
        {
            0 => first,
            1 => last,
            _ => random.Next(first, Math.Min(last, Math.Max(first, 'z')) + 1),
        };
    }

    // The least number of characters from an item to the end of a text.
    private int Shortest(GrammarItem item, Dictionary<GrammarFrame, int> known)
    {
        if (!known.TryGetValue(item.Frame, out int after))
        {
            known.Add(item.Frame, Far);
            after = item.Frame.Waiting.Count == 0 ? 0 : item.Frame.Waiting.Min(waiting => Shortest(waiting, known));
            known[item.Frame] = after;
        }

        return Math.Min(Far, _shortest.GetValueOrDefault(item.Position, Far) + after);
    }

    // From each instruction to the end of its rule: repeated until nothing gets shorter.
    private void FindShortest(int root)
    {
        List<int> reached = [root];
        HashSet<int> seen = [root, GrammarProgram.Return];
        for (int i = 0; i < reached.Count; i++)
        {
            GrammarInstruction instruction = _program[reached[i]];
            int[] next = instruction.Kind switch
            {
                Of.Choice => [instruction.Next, instruction.Argument],
                Of.Call => [instruction.Next, _program.EntryOf(instruction.Argument)],
                _ => [instruction.Next],
            };
            reached.AddRange(next.Where(seen.Add));
        }

        _shortest[GrammarProgram.Return] = 0;
        for (bool isChanged = true; isChanged;)
        {
            isChanged = false;
            foreach (int position in Enumerable.Reverse(reached))
            {
                GrammarInstruction instruction = _program[position];
                int length = instruction.Kind switch
                {
                    Of.Choice => Math.Min(From(instruction.Next), From(instruction.Argument)),
                    Of.Call => From(instruction.Next) + From(_program.EntryOf(instruction.Argument)),
                    _ => From(instruction.Next) + 1,
                };
                if (length < From(position))
                {
                    _shortest[position] = length;
                    isChanged = true;
                }
            }
        }

        int From(int position) => _shortest.GetValueOrDefault(position, Far);
    }

    private GrammarState After(GrammarState state, int character)
    {
        _automaton.BeginCall();
        return _automaton.After(state, default, character);
    }
}
