using Of = LocalLlm.Inference.GrammarInstruction.Of;

namespace LocalLlm.Inference;

/// <summary>Turns rules into a program: each element for what follows it, from the last to the first.</summary>
internal sealed class GrammarCompiler
{
    private readonly List<GrammarInstruction> _instructions = [default];
    private readonly List<CharacterSet> _sets = [];
    private readonly List<GrammarToken> _tokens = [];
    private readonly Dictionary<int, int> _characters = [];
    private readonly Stack<GrammarRule> _open = [];
    private readonly int[] _entries;

    private GrammarCompiler(int rules)
    {
        _entries = new int[rules];
        Array.Fill(_entries, -1);
    }

    /// <summary>The program of the rules that the root needs.</summary>
    internal static GrammarProgram Compile(IReadOnlyList<GrammarRule> rules, GrammarRule root)
    {
        GrammarCompiler compiler = new(rules.Count);
        compiler._open.Push(root);
        while (compiler._open.TryPop(out GrammarRule? rule))
        {
            if (compiler._entries[rule.Index] < 0)
            {
                compiler._entries[rule.Index] = compiler.AddAlternatives(rule, GrammarProgram.Return);
            }
        }

        return new GrammarProgram([.. compiler._instructions], compiler._entries, compiler._sets, compiler._tokens);
    }

    private int AddAlternatives(GrammarRule rule, int next)
    {
        int entry = -1;
        foreach (IReadOnlyList<GrammarElement> sequence in rule.Alternatives)
        {
            int start = next;
            for (int i = sequence.Count - 1; i >= 0; i--)
            {
                start = Add(sequence[i], start, isCopied: false);
            }

            entry = entry < 0 ? start : Add(Of.Choice, start, entry);
        }

        return entry;
    }

    /// <param name="element">What to add.</param>
    /// <param name="next">What follows it.</param>
    /// <param name="isCopied">It is added more than once, so that a group is better called.</param>
    private int Add(GrammarElement element, int next, bool isCopied) => element switch
    {
        GrammarText text => Add(text, next),
        GrammarClass characters => Add(Of.Character, Add(new CharacterSet(characters)), next),
        GrammarAny => Add(Of.Character, Add(CharacterSet.All), next),
        GrammarToken token => Add(token, next),
        GrammarReference { Rule.Name: null } group when !isCopied => AddAlternatives(group.Rule, next),
        GrammarReference reference => Call(reference.Rule, next),
        GrammarRepetition repetition => Add(repetition, next, isCopied || repetition.Copies > 1),
        _ => throw new InvalidOperationException($"A grammar does not hold a {element.GetType().Name}."),
    };

    private int Add(GrammarText text, int next)
    {
        foreach (int codePoint in text.CodePoints.Reverse())
        {
            if (!_characters.TryGetValue(codePoint, out int set))
            {
                set = Add(new CharacterSet(codePoint));
                _characters.Add(codePoint, set);
            }

            next = Add(Of.Character, set, next);
        }

        return next;
    }

    private int Add(GrammarToken token, int next)
    {
        _tokens.Add(token);
        return Add(Of.Token, _tokens.Count - 1, next);
    }

    private int Call(GrammarRule rule, int next)
    {
        _open.Push(rule);
        return Add(Of.Call, rule.Index, next);
    }

    private int Add(GrammarRepetition repetition, int next, bool isCopied)
    {
        int entry = next;
        int least = repetition.Min;
        if (repetition.Max is { } max)
        {
            for (int i = repetition.Min; i < max; i++)
            {
                entry = Add(Of.Choice, Add(repetition.Inner, entry, isCopied), next);
            }
        }
        else
        {
            int loop = Add(Of.Choice, next, next);
            int body = Add(repetition.Inner, loop, isCopied);
            _instructions[loop] = new GrammarInstruction(Of.Choice, body, next);

            // The loop's own body is one of those that there must be.
            entry = least > 0 ? body : loop;
            least--;
        }

        for (int i = 0; i < least; i++)
        {
            entry = Add(repetition.Inner, entry, isCopied);
        }

        return entry;
    }

    private int Add(CharacterSet set)
    {
        _sets.Add(set);
        return _sets.Count - 1;
    }

    private int Add(Of kind, int argument, int next)
    {
        _instructions.Add(new GrammarInstruction(kind, argument, next));
        return _instructions.Count - 1;
    }
}
