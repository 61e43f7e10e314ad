using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference;

/// <summary>
/// Says by tables what a text is to a grammar: for each rule and place where the rule's texts can end, and whether the
/// rest can begin one. The tables are filled until nothing changes.
/// </summary>
internal sealed class SlowMatcher
{
    private readonly IReadOnlyList<GrammarRule> _rules;
    private readonly string _text;
    private readonly bool[] _canEnd;
    private readonly long[,] _ends;
    private readonly bool[,] _begins;

    internal SlowMatcher(IReadOnlyList<GrammarRule> rules, string text)
    {
        _rules = rules;
        _text = text;
        _canEnd = new bool[rules.Count];
        _ends = new long[rules.Count, text.Length + 1];
        _begins = new bool[rules.Count, text.Length + 1];
        while (FillCanEnd())
        {
        }

        while (Fill())
        {
        }
    }

    internal bool CanEnd(GrammarRule rule) => _canEnd[rule.Index];

    internal bool IsWhole(GrammarRule rule) => (_ends[rule.Index, 0] >> _text.Length & 1) != 0;

    internal bool IsPrefix(GrammarRule rule) => _begins[rule.Index, 0];

    private bool FillCanEnd()
    {
        bool isChanged = false;
        foreach (GrammarRule rule in _rules.Where(r => !_canEnd[r.Index] && r.Alternatives.Any(s => s.All(CanEnd))))
        {
            isChanged = _canEnd[rule.Index] = true;
        }

        return isChanged;
    }

    private bool Fill()
    {
        bool isChanged = false;
        foreach (GrammarRule rule in _rules)
        {
            for (int at = 0; at <= _text.Length; at++)
            {
                foreach (IReadOnlyList<GrammarElement> sequence in rule.Alternatives)
                {
                    (long ends, bool begins) = Match(sequence, at);
                    isChanged |= (ends & ~_ends[rule.Index, at]) != 0 || (begins && !_begins[rule.Index, at]);
                    _ends[rule.Index, at] |= ends;
                    _begins[rule.Index, at] |= begins;
                }
            }
        }

        return isChanged;
    }

    private (long Ends, bool Begins) Match(IReadOnlyList<GrammarElement> sequence, int start)
    {
        long places = 1L << start;
        bool begins = false;
        for (int i = 0; i < sequence.Count; i++)
        {
            begins |= sequence.Skip(i + 1).All(CanEnd) && Places(places).Any(at => Begins(sequence[i], at));
            places = After(sequence[i], places);
        }

        return (places, begins || (places >> _text.Length & 1) != 0);
    }

    private IEnumerable<int> Places(long places) => Enumerable.Range(0, _text.Length + 1).Where(at => (places >> at & 1) != 0);

    private long After(GrammarElement element, long places) => Places(places).Aggregate(0L, (ends, at) => ends | Ends(element, at));

    private bool CanEnd(GrammarElement element) => element switch
    {
        GrammarReference reference => _canEnd[reference.Rule.Index],
        GrammarRepetition repetition => repetition.Min == 0 || CanEnd(repetition.Inner),
        _ => true,
    };

    private long Ends(GrammarElement element, int at) => element switch
    {
        GrammarText text => string.CompareOrdinal(_text, at, Write(text), 0, text.CodePoints.Length) == 0 ? 1L << (at + text.CodePoints.Length) : 0,
        GrammarReference reference => _ends[reference.Rule.Index, at],
        GrammarRepetition repetition => Repeat(repetition, at).Ends,
        _ => at < _text.Length && Takes(element, _text[at]) ? 1L << (at + 1) : 0,
    };

    private bool Begins(GrammarElement element, int at) => element switch
    {
        _ when at == _text.Length => CanEnd(element),
        GrammarText text => Write(text).StartsWith(_text[at..], StringComparison.Ordinal),
        GrammarReference reference => _begins[reference.Rule.Index, at],
        GrammarRepetition repetition => Repeat(repetition, at).Begins,
        _ => at + 1 == _text.Length && Takes(element, _text[at]),
    };

    private (long Ends, bool Begins) Repeat(GrammarRepetition repetition, int start)
    {
        long places = 1L << start;
        long ends = repetition.Min == 0 ? places : 0;
        bool begins = false;

        // More times than there are characters add nothing.
        int most = Math.Min(repetition.Max ?? int.MaxValue, repetition.Min + _text.Length + 1);
        for (int times = 1; times <= most; times++)
        {
            begins |= CanEnd(repetition.Inner) && Places(places).Any(at => Begins(repetition.Inner, at));
            places = After(repetition.Inner, places);
            ends |= times >= repetition.Min ? places : 0;
        }

        return (ends, begins || (ends >> _text.Length & 1) != 0);
    }

    private static bool Takes(GrammarElement element, char c) =>
        element is GrammarAny || (element is GrammarClass set && set.Ranges.Any(r => r.First <= c && c <= r.Last) != set.IsNegated);

    private static string Write(GrammarText text) => string.Concat(text.CodePoints.Select(char.ConvertFromUtf32));
}
