using System.Collections.Immutable;

namespace LocalLlm.Chat.Schema;

/// <summary>Makes an automaton of a regular expression: of nodes first, of which many may be reached at once, then of the sets of them.</summary>
internal sealed class PatternCompiler
{
    private const int MaxNodes = 10_000;
    private const int End = 0;

    private readonly List<Node> _nodes = [new(Kind.End, null, 0, 0)];
    private readonly string _path;

    private int _always = -1;

    private PatternCompiler(string path) => _path = path;

    private enum Kind
    {
        End,
        Character,
        Split,
        AtStart,
        AtEnd,
    }

    /// <summary>The texts that an expression matches.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="isWhole">It must match the whole text, not only something in it.</param>
    /// <param name="path">Where it stands in the schema.</param>
    /// <exception cref="NotSupportedException">It is too complex.</exception>
    internal static TextAutomaton Compile(TextPattern pattern, bool isWhole, string path)
    {
        PatternCompiler compiler = new(path);
        int start = isWhole ? compiler.Add(pattern, End) : compiler.AddSomewhere(pattern);
        return TextAutomaton.Explore(
            new NodeSet(compiler.Reach([start], atStart: true), isStart: true),
            compiler.IsEnd,
            compiler.Edges,
            path);
    }

    private int AddSomewhere(TextPattern pattern)
    {
        int after = Add(TextPattern.Anything, End);
        _always = _nodes[after].Next;
        return Add(TextPattern.Anything, Add(pattern, after));
    }

    private int Add(TextPattern pattern, int next) => pattern switch
    {
        TextPattern.OneOf one => Add(new Node(Kind.Character, one.Characters, next, next)),
        TextPattern.InOrder all => all.Parts.Reverse().Aggregate(next, (after, part) => Add(part, after)),
        TextPattern.Either any => any.Ways.Select(way => Add(way, next)).Aggregate((first, second) => Add(new Node(Kind.Split, null, first, second))),
        TextPattern.Start => Add(new Node(Kind.AtStart, null, next, next)),
        TextPattern.End => Add(new Node(Kind.AtEnd, null, next, next)),
        TextPattern.Repeated repeated => Add(repeated, next),
        _ => throw new InvalidOperationException($"A regular expression does not hold a {pattern.GetType().Name}."),
    };

    private int Add(TextPattern.Repeated repeated, int next)
    {
        int entry = next;
        if (repeated.Max is { } max)
        {
            for (int i = repeated.Min; i < max; i++)
            {
                entry = Add(new Node(Kind.Split, null, Add(repeated.Inner, entry), next));
            }
        }
        else
        {
            entry = Add(new Node(Kind.Split, null, next, next));
            _nodes[entry] = new Node(Kind.Split, null, Add(repeated.Inner, entry), next);
        }

        // What is empty adds nothing, however often.
        for (int i = 0, before = -1; i < repeated.Min && entry != before; i++)
        {
            before = entry;
            entry = Add(repeated.Inner, entry);
        }

        return entry;
    }

    private int Add(Node node)
    {
        _nodes.Add(node);
        return _nodes.Count <= MaxNodes ? _nodes.Count - 1 : throw SchemaErrors.Unsupported(_path, "The regular expression is too long with its repetitions written out.");
    }

    /// <summary>The nodes that are reached without a character, and tell something.</summary>
    private ImmutableArray<int> Reach(IEnumerable<int> from, bool atStart = false, bool atEnd = false)
    {
        HashSet<int> seen = [];
        Stack<int> open = new(from);
        List<int> reached = [];
        while (open.TryPop(out int position))
        {
            if (!seen.Add(position))
            {
                continue;
            }

            Node node = _nodes[position];
            switch (node.Kind)
            {
                case Kind.Split:
                    open.Push(node.Next);
                    open.Push(node.Other);
                    break;
                case Kind.AtStart when atStart:
                case Kind.AtEnd when atEnd:
                    open.Push(node.Next);
                    break;
                case Kind.AtStart:
                    break;
                default:
                    reached.Add(position);
                    break;
            }
        }

        // Once something has matched, the rest does not matter.
        if (reached.Contains(_always))
        {
            return [End, _always];
        }

        reached.Sort();
        return [.. reached];
    }

    // An anchor at the end may stand before one at the start, if both are passed at the start.
    private bool IsEnd(NodeSet set) => set.Nodes.Contains(End) || Reach(set.Nodes, atStart: set.IsStart, atEnd: true).Contains(End);

    private IEnumerable<(int First, NodeSet? Target)> Edges(NodeSet set)
    {
        Node[] characters = [.. set.Nodes.Select(position => _nodes[position]).Where(node => node.Kind == Kind.Character)];
        int[] starts = [.. characters.SelectMany(node => node.Characters!.Ranges).SelectMany(range => new[] { range.First, range.Last + 1 }).Append(0).Where(first => first <= 0x10FFFF).Distinct().Order()];
        HashSet<int>[] targets = [.. starts.Select(_ => new HashSet<int>())];
        foreach (Node node in characters)
        {
            foreach ((int first, int last) in node.Characters!.Ranges)
            {
                for (int i = Array.BinarySearch(starts, first); i < starts.Length && starts[i] <= last; i++)
                {
                    targets[i].Add(node.Next);
                }
            }
        }

        return starts.Select((first, i) => (first, targets[i].Count > 0 ? new NodeSet(Reach(targets[i])) : (NodeSet?)null));
    }

    private sealed record Node(Kind Kind, UnicodeSet? Characters, int Next, int Other);

    /// <summary>Nodes in order.</summary>
    private readonly struct NodeSet(ImmutableArray<int> nodes, bool isStart = false) : IEquatable<NodeSet>
    {
        internal ImmutableArray<int> Nodes => nodes;

        internal bool IsStart => isStart;

        public bool Equals(NodeSet other) => isStart == other.IsStart && nodes.AsSpan().SequenceEqual(other.Nodes.AsSpan());

        public override bool Equals(object? obj) => obj is NodeSet other && Equals(other);

        public override int GetHashCode()
        {
            HashCode code = default;
            foreach (int node in nodes)
            {
                code.Add(node);
            }

            return code.ToHashCode();
        }
    }
}
