namespace LocalLlm.Inference;

/// <summary>The texts of a vocabulary's tokens as a tree of bytes, so that what tokens begin with alike is looked at once.</summary>
internal sealed class TokenTrie
{
    private readonly byte[] _text;
    private readonly int[] _starts;
    private readonly bool[] _ends;
    private readonly Node[] _nodes;
    private readonly int[] _sorted;

    /// <param name="pieces">Each token's text; empty for one that is not shown.</param>
    /// <param name="ends">The tokens that end a generation.</param>
    internal TokenTrie(IReadOnlyList<byte[]> pieces, IEnumerable<int> ends)
    {
        _starts = new int[pieces.Count + 1];
        for (int token = 0; token < pieces.Count; token++)
        {
            _starts[token + 1] = _starts[token] + pieces[token].Length;
        }

        _text = new byte[_starts[^1]];
        _ends = new bool[pieces.Count];
        EndTokens = [.. ends];
        Array.ForEach(EndTokens, token => _ends[token] = true);
        for (int token = 0; token < pieces.Count; token++)
        {
            pieces[token].CopyTo(_text, _starts[token]);
        }

        _sorted = [.. Enumerable.Range(0, pieces.Count).Where(IsText)];
        Array.Sort(_sorted, (a, b) => this[a].SequenceCompareTo(this[b]));
        _nodes = Build();
        Text = new AllowedTokens(pieces.Count);
        Continuations = [.. _sorted.Where(token => (this[token][0] & 0xC0) == 0x80)];
        foreach (int token in _sorted.Where(IsValidStart))
        {
            Text.Add(token);
        }
    }

    internal int VocabularySize => _starts.Length - 1;

    /// <summary>The longest token's length, in bytes.</summary>
    internal int Depth { get; private set; }

    /// <summary>The tokens that end a generation.</summary>
    internal int[] EndTokens { get; }

    /// <summary>The tokens with a text that may follow whole characters.</summary>
    internal AllowedTokens Text { get; }

    /// <summary>The tokens whose text starts within a character.</summary>
    internal int[] Continuations { get; }

    /// <summary>In the order of the texts: a node stands before those below it.</summary>
    internal ReadOnlySpan<Node> Nodes => _nodes;

    /// <summary>A token's text; empty for one that is not shown.</summary>
    internal ReadOnlySpan<byte> this[int token] => _text.AsSpan(_starts[token].._starts[token + 1]);

    internal bool Ends(int token) => _ends[token];

    /// <summary>The tokens whose whole text leads to a node.</summary>
    internal ReadOnlySpan<int> TokensAt(int node) => _sorted.AsSpan(_nodes[node].FirstToken.._nodes[node].AfterTokens);

    private bool IsText(int token) => !_ends[token] && _starts[token + 1] > _starts[token];

    private bool IsValidStart(int token)
    {
        PartialCharacter character = default;
        foreach (byte value in this[token])
        {
            if (!character.TryAppend(value, out _))
            {
                return false;
            }
        }

        return true;
    }

    private Node[] Build()
    {
        List<Node> nodes = [];
        List<int> path = [];
        ReadOnlySpan<byte> last = [];
        for (int i = 0; i < _sorted.Length; i++)
        {
            ReadOnlySpan<byte> text = this[_sorted[i]];
            int shared = text.CommonPrefixLength(last);
            Close(shared);
            for (int depth = shared; depth < text.Length; depth++)
            {
                path.Add(nodes.Count);
                nodes.Add(new Node { Value = text[depth], Depth = depth, FirstToken = i, AfterTokens = i });
            }

            nodes[^1] = nodes[^1] with { AfterTokens = i + 1 };
            Depth = Math.Max(Depth, text.Length);
            last = text;
        }

        Close(0);
        return [.. nodes];

        void Close(int depth)
        {
            foreach (int node in path[depth..])
            {
                nodes[node] = nodes[node] with { After = nodes.Count };
            }

            path.RemoveRange(depth, path.Count - depth);
        }
    }

    /// <summary>One byte after those of the nodes above it.</summary>
    internal readonly record struct Node
    {
        internal byte Value { get; init; }

        /// <summary>How many bytes stand before it.</summary>
        internal int Depth { get; init; }

        /// <summary>The next node that is not below this one.</summary>
        internal int After { get; init; }

        /// <summary>Its tokens, among those in order.</summary>
        internal int FirstToken { get; init; }

        internal int AfterTokens { get; init; }
    }
}
