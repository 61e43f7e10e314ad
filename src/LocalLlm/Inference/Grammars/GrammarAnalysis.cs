namespace LocalLlm.Inference;

/// <summary>
/// Refuses grammars that llama.cpp would not survive or not finish: left recursion (which it only finds in part), rules
/// that start in too many ways or too deep (it recurses, and keeps every way), and tokens after text (it lets a token
/// run over that border, and ends the process when it is accepted).
/// </summary>
internal sealed class GrammarAnalysis
{
    // Each level is a native stack frame, or two of ours.
    private const int MaxDepth = 500;

    // llama.cpp compares each new way with all that it has.
    private const int MaxWays = 10_000;
    private const long MaxWork = 50_000_000;
    private const long Saturated = long.MaxValue / 4;

    private readonly GrammarSource _source;
    private readonly IReadOnlyList<GrammarRule> _rules;
    private readonly Start?[] _starts;
    private readonly bool[] _endsInText;
    private readonly List<GrammarRule> _path = [];

    private GrammarAnalysis(GrammarSource source, IReadOnlyList<GrammarRule> rules)
    {
        _source = source;
        _rules = rules;
        _starts = new Start?[rules.Count];
        _endsInText = new bool[rules.Count];
    }

    /// <exception cref="GrammarException">The grammar is one of those.</exception>
    internal static void Check(GrammarSource source, IReadOnlyList<GrammarRule> rules)
    {
        GrammarAnalysis analysis = new(source, rules);
        analysis.CheckStarts();
        analysis.CheckContinuations();
        analysis.FindRulesThatEndInText();
        analysis.CheckTokens();
    }

    private void CheckStarts()
    {
        long work = 0;
        foreach (GrammarRule rule in _rules)
        {
            work += StartOf(rule, rule.Offset).Work;
            if (work > MaxWork)
            {
                throw _source.Error(rule.Offset, "The rules up to here start with each other in too many ways.");
            }
        }
    }

    /// <summary>What a text by this rule can start with. Follows references only where a text can start with them, so that coming back to a rule is left recursion.</summary>
    private Start StartOf(GrammarRule rule, int offset)
    {
        if (_starts[rule.Index] is { } known)
        {
            return known;
        }

        if (_path.Contains(rule))
        {
            throw LeftRecursion(rule, offset);
        }

        if (_path.Count == MaxDepth)
        {
            throw TooDeep(offset);
        }

        _path.Add(rule);
        Start start = new(IsNullable: false, Ways: 0, Work: 1, Depth: 0, HasToken: false);
        foreach (IReadOnlyList<GrammarElement> sequence in rule.Alternatives)
        {
            bool isNullable = true;
            for (int i = 0; isNullable && i < sequence.Count; i++)
            {
                Start element = StartOf(sequence[i]);
                isNullable = element.IsNullable;
                start = start.Or(element);
            }

            // Each visit of a rule runs over all its elements.
            start = start with { IsNullable = start.IsNullable || isNullable, Ways = start.Ways + 1, Work = start.Work + sequence.Sum(e => (long)e.NativeLength) };
        }

        _path.RemoveAt(_path.Count - 1);
        if (start.Depth >= MaxDepth)
        {
            throw TooDeep(rule.Offset);
        }

        _starts[rule.Index] = start;
        return start;
    }

    private Start StartOf(GrammarElement element) => element switch
    {
        GrammarReference reference => StartOf(reference.Rule, reference.Offset).Inside(),
        GrammarRepetition repetition => StartOf(repetition),
        GrammarText { CodePoints.Length: 0 } => new Start(IsNullable: true, 0, 0, 0, HasToken: false),
        _ => new Start(IsNullable: false, Ways: 1, Work: 1, Depth: 0, HasToken: element is GrammarToken),
    };

    private Start StartOf(GrammarRepetition repetition)
    {
        Start inner = StartOf(repetition.Inner);
        if (inner.IsNullable && repetition.Max is not (0 or 1))
        {
            // Without a limit there is no end to it; with one, llama.cpp follows each way to be empty by itself.
            throw _source.Error(repetition.Offset, "What is repeated may be empty, so that the same text could be repeated in many ways. Let it have at least one character.");
        }

        Start start = repetition.Max == 0 ? new Start(IsNullable: true, 0, 0, 0, HasToken: false) : inner.Inside();
        return start with
        {
            IsNullable = inner.IsNullable || repetition.Min == 0,
            Ways = start.Ways + 1,
            Work = Math.Min(start.Work + ((long)repetition.OptionalRules * (repetition.Inner.NativeLength + 3)), Saturated),
        };
    }

    // After each element of a sequence a text goes on with what follows, as far as that may be left out.
    private void CheckContinuations()
    {
        foreach (GrammarElement[] sequence in _rules.SelectMany(r => r.Alternatives).Select(s => s.ToArray()))
        {
            long ways = 1;
            foreach (GrammarElement element in sequence.Reverse())
            {
                Start start = StartOf(element);
                ways = start.Ways + (start.IsNullable ? ways : 0);
                if (ways > MaxWays)
                {
                    throw _source.Error(element.Offset, $"A text can go on here in more than {MaxWays:N0} ways. Let alternatives share what they start with.");
                }
            }
        }
    }

    private void FindRulesThatEndInText()
    {
        ILookup<GrammarRule, GrammarRule> users = _rules
            .SelectMany(user => user.Alternatives.SelectMany(Lasts).OfType<GrammarReference>().Select(last => (last.Rule, user)))
            .ToLookup(use => use.Rule, use => use.user);
        Stack<GrammarRule> found = new(_rules.Where(r => r.Alternatives.SelectMany(Lasts).Any(e => e is not GrammarReference && EndsInText(e))));
        while (found.TryPop(out GrammarRule? rule))
        {
            if (!_endsInText[rule.Index])
            {
                _endsInText[rule.Index] = true;
                foreach (GrammarRule user in users[rule])
                {
                    found.Push(user);
                }
            }
        }
    }

    /// <summary>The elements that can be the last of a sequence, without their repetitions.</summary>
    private IEnumerable<GrammarElement> Lasts(IReadOnlyList<GrammarElement> sequence)
    {
        for (int i = sequence.Count - 1; i >= 0; i--)
        {
            GrammarElement last = sequence[i];
            while (last is GrammarRepetition { Max: not 0 } repetition)
            {
                last = repetition.Inner;
            }

            yield return last;
            if (!StartOf(sequence[i]).IsNullable)
            {
                yield break;
            }
        }
    }

    private bool EndsInText(GrammarElement element) => element switch
    {
        GrammarReference reference => _endsInText[reference.Rule.Index],
        GrammarRepetition repetition => repetition.Max != 0 && EndsInText(repetition.Inner),
        GrammarText text => text.CodePoints.Length > 0,
        _ => element is not GrammarToken,
    };

    private void CheckTokens()
    {
        foreach (IReadOnlyList<GrammarElement> sequence in _rules.SelectMany(r => r.Alternatives))
        {
            bool isAfterText = false;
            foreach (GrammarElement element in sequence)
            {
                Start start = StartOf(element);
                if ((isAfterText && start.HasToken) || RepeatsTokenAfterText(element))
                {
                    throw _source.Error(element.Offset, "A token follows text directly. llama.cpp can't tell there where the text's last token ends; name a token only at the start or after another token.");
                }

                isAfterText = EndsInText(element) || (isAfterText && start.IsNullable);
            }
        }
    }

    private bool RepeatsTokenAfterText(GrammarElement element) =>
        element is GrammarRepetition repetition
        && ((repetition.Max is not (0 or 1) && EndsInText(repetition.Inner) && StartOf(repetition.Inner).HasToken) || RepeatsTokenAfterText(repetition.Inner));

    private GrammarException LeftRecursion(GrammarRule rule, int offset)
    {
        IEnumerable<string> cycle = _path[_path.IndexOf(rule)..].Append(rule).Where(r => r.Name is not null).Select(r => r.Name!);
        string[] names = [.. cycle];

        // It may have been entered in a group, which has no name to close the circle with.
        string shown = string.Join(" → ", names[0] == names[^1] && names.Length > 1 ? names : [.. names, names[0]]);
        return _source.Error(offset, $"Left recursion: a text of this rule can start with the rule itself ({shown}). Write it as a repetition.");
    }

    private GrammarException TooDeep(int offset) =>
        _source.Error(offset, $"More than {MaxDepth} rules start with each other in a row.");

    /// <summary>What a text can start with.</summary>
    /// <param name="IsNullable">The text may be empty.</param>
    /// <param name="Ways">In how many ways it can start: an upper limit.</param>
    /// <param name="Work">How many elements llama.cpp visits to find out: an upper limit.</param>
    /// <param name="Depth">How deep it recurses for that.</param>
    /// <param name="HasToken">It can start with a token.</param>
    private readonly record struct Start(bool IsNullable, long Ways, long Work, int Depth, bool HasToken)
    {
        /// <summary>This, or another start beside it.</summary>
        internal Start Or(Start other) => this with
        {
            Ways = Math.Min(Ways + other.Ways, Saturated),
            Work = Math.Min(Work + other.Work, Saturated),
            Depth = Math.Max(Depth, other.Depth),
            HasToken = HasToken || other.HasToken,
        };

        internal Start Inside() => this with { Depth = Depth + 1 };
    }
}
