using System.Text;

namespace LocalLlm.Chat.Schema;

/// <summary>A set of texts, as a deterministic automaton that reads them character by character.</summary>
internal sealed class TextAutomaton
{
    private const int MaxStates = 4000;
    private const int None = -1;

    // By state: the characters from each on lead to its target, until the next.
    private readonly (int First, int Target)[][] _edges;
    private readonly bool[] _ends;

    private TextAutomaton((int First, int Target)[][] edges, bool[] ends)
    {
        _edges = edges;
        _ends = ends;
        bool[] isUseful = ReachesEnd();
        IsEmpty = !isUseful[0];
        for (int i = 0; i < _edges.Length; i++)
        {
            _edges[i] = Join(_edges[i].Select(edge => (edge.First, Target: edge.Target != None && isUseful[edge.Target] ? edge.Target : None)));
        }
    }

    /// <summary>Whether no text belongs to it.</summary>
    internal bool IsEmpty { get; }

    internal int Count => _edges.Length;

    /// <summary>Whether a text may end in a state; the first one, 0, is that of the empty text.</summary>
    internal bool Ends(int state) => _ends[state];

    /// <summary>Where characters lead from a state.</summary>
    internal IEnumerable<(UnicodeSet Characters, int Target)> From(int state) => Spans(state)
        .GroupBy(span => span.Target, span => (span.First, span.Last))
        .Select(group => (Characters: UnicodeSet.Of(group), Target: group.Key))
        .Where(edge => !edge.Characters.IsEmpty);

    internal bool Contains(string text)
    {
        int state = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            state = Target(state, rune.Value);
            if (state == None)
            {
                return false;
            }
        }

        return _ends[state];
    }

    /// <summary>The length of the longest text; null: there is no longest.</summary>
    internal int? Longest()
    {
        int[] lengths = new int[Count];
        Array.Fill(lengths, None);
        lengths[0] = 0;

        // A path that is longer than there are states goes in a circle.
        for (int round = 0; round <= Count; round++)
        {
            bool isChanged = false;
            for (int state = 0; state < Count; state++)
            {
                foreach ((_, int target) in _edges[state].Where(edge => lengths[state] != None && edge.Target != None && lengths[edge.Target] <= lengths[state]))
                {
                    lengths[target] = lengths[state] + 1;
                    isChanged = true;
                }
            }

            if (!isChanged)
            {
                return lengths.Max();
            }
        }

        return null;
    }

    /// <summary>All other texts.</summary>
    internal TextAutomaton Complement()
    {
        int rest = Count;
        (int, int)[][] edges = [.. _edges.Select(state => state.Select(edge => (edge.First, edge.Target == None ? rest : edge.Target)).ToArray()), [(0, rest)]];
        return new TextAutomaton(edges, [.. _ends.Select(ends => !ends), true]);
    }

    /// <summary>The texts that belong to both.</summary>
    /// <param name="other">The other set.</param>
    /// <param name="path">What asks for it, for the error.</param>
    /// <exception cref="NotSupportedException">It takes too many states.</exception>
    internal TextAutomaton Intersect(TextAutomaton other, string path) => Explore(
        (0, 0),
        state => _ends[state.Item1] && other._ends[state.Item2],
        state => Merge(_edges[state.Item1], other._edges[state.Item2]),
        path);

    /// <summary>Finds the states that can be reached, and numbers them.</summary>
    internal static TextAutomaton Explore<T>(T start, Func<T, bool> ends, Func<T, IEnumerable<(int First, T? Target)>> edges, string path)
        where T : struct
    {
        Dictionary<T, int> numbers = new() { [start] = 0 };
        List<T> states = [start];
        List<(int, int)[]> found = [];
        for (int i = 0; i < states.Count; i++)
        {
            found.Add([.. edges(states[i]).Select(edge => (edge.First, edge.Target is { } target ? Number(target) : None))]);
        }

        return new TextAutomaton([.. found], [.. states.Select(ends)]);

        int Number(T state)
        {
            if (!numbers.TryGetValue(state, out int number))
            {
                number = states.Count;
                states.Add(state);
                numbers.Add(state, number);
                if (number == MaxStates)
                {
                    throw SchemaErrors.Unsupported(path, "What it says of strings is too complex together.");
                }
            }

            return number;
        }
    }

    private static IEnumerable<(int First, (int, int)? Target)> Merge((int First, int Target)[] left, (int First, int Target)[] right)
    {
        int i = 0;
        int j = 0;
        foreach (int first in left.Concat(right).Select(edge => edge.First).Distinct().Order())
        {
            i += i + 1 < left.Length && left[i + 1].First <= first ? 1 : 0;
            j += j + 1 < right.Length && right[j + 1].First <= first ? 1 : 0;
            yield return (first, left[i].Target != None && right[j].Target != None ? (left[i].Target, right[j].Target) : null);
        }
    }

    private int Target(int state, int character) => _edges[state].Last(edge => edge.First <= character).Target;

    private IEnumerable<(int First, int Last, int Target)> Spans(int state)
    {
        (int First, int Target)[] edges = _edges[state];
        for (int i = 0; i < edges.Length; i++)
        {
            if (edges[i].Target != None)
            {
                yield return (edges[i].First, i + 1 < edges.Length ? edges[i + 1].First - 1 : 0x10FFFF, edges[i].Target);
            }
        }
    }

    private bool[] ReachesEnd()
    {
        ILookup<int, int> before = Enumerable.Range(0, Count).SelectMany(from => _edges[from].Where(edge => edge.Target != None).Select(edge => (From: from, edge.Target))).ToLookup(edge => edge.Target, edge => edge.From);
        bool[] reaches = new bool[Count];
        Stack<int> open = new(Enumerable.Range(0, Count).Where(Ends));
        while (open.TryPop(out int state))
        {
            if (!reaches[state])
            {
                reaches[state] = true;
                foreach (int previous in before[state])
                {
                    open.Push(previous);
                }
            }
        }

        return reaches;
    }

    private static (int, int)[] Join(IEnumerable<(int First, int Target)> edges)
    {
        List<(int First, int Target)> joined = [];
        foreach ((int First, int Target) edge in edges)
        {
            if (joined.Count == 0 || joined[^1].Target != edge.Target)
            {
                joined.Add(edge);
            }
        }

        return [.. joined];
    }
}
