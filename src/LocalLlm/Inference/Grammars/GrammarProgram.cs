using Of = LocalLlm.Inference.GrammarInstruction.Of;

namespace LocalLlm.Inference;

/// <summary>A grammar as instructions, and what is known about each of them.</summary>
internal sealed class GrammarProgram
{
    /// <summary>The one instruction that ends every rule.</summary>
    internal const int Return = 0;

    private readonly GrammarInstruction[] _instructions;
    private readonly int[] _entries;
    private readonly bool[] _isUseful;
    private readonly bool[] _isNullable;

    /// <param name="instructions">The first is the return.</param>
    /// <param name="entries">Where each rule starts; -1 for one that is not called.</param>
    /// <param name="sets">What the character instructions name.</param>
    /// <param name="tokens">What the token instructions name.</param>
    internal GrammarProgram(GrammarInstruction[] instructions, int[] entries, IReadOnlyList<CharacterSet> sets, IReadOnlyList<GrammarToken> tokens)
    {
        _instructions = instructions;
        _entries = entries;
        Sets = sets;
        Tokens = tokens;
        Kinds = new CharacterKinds(sets);
        _isUseful = ReachesReturn(throughText: true);
        _isNullable = ReachesReturn(throughText: false);
    }

    internal IReadOnlyList<CharacterSet> Sets { get; }

    internal IReadOnlyList<GrammarToken> Tokens { get; }

    internal CharacterKinds Kinds { get; }

    internal ref readonly GrammarInstruction this[int position] => ref _instructions[position];

    internal int EntryOf(int rule) => _entries[rule];

    /// <summary>Whether a rule can end after some text from here: only such places are ever gone to, so that no text is a dead end.</summary>
    internal bool IsUseful(int position) => _isUseful[position];

    internal bool IsNullable(int rule) => _isNullable[_entries[rule]];

    // Backwards from the return.
    private bool[] ReachesReturn(bool throughText)
    {
        ILookup<int, int> before = Edges().ToLookup(edge => edge.To, edge => edge.From);
        ILookup<int, int> calls = Enumerable.Range(0, _instructions.Length)
            .Where(p => _instructions[p].Kind == Of.Call)
            .ToLookup(p => _entries[_instructions[p].Argument]);
        bool[] reaches = new bool[_instructions.Length];
        Stack<int> found = new([Return]);
        while (found.TryPop(out int position))
        {
            if (reaches[position])
            {
                continue;
            }

            reaches[position] = true;
            foreach (int previous in before[position].Where(Passes))
            {
                found.Push(previous);
            }

            // If a rule starts here, it can be called.
            foreach (int call in calls[position].Where(call => reaches[_instructions[call].Next]))
            {
                found.Push(call);
            }
        }

        return reaches;

        bool Passes(int position) => _instructions[position] switch
        {
            { Kind: Of.Character } character => throughText && !Sets[character.Argument].Ranges.IsEmpty,
            { Kind: Of.Token } => throughText,
            { Kind: Of.Call } call => reaches[_entries[call.Argument]],
            _ => true,
        };
    }

    private IEnumerable<(int From, int To)> Edges()
    {
        for (int i = 0; i < _instructions.Length; i++)
        {
            if (_instructions[i].Kind != Of.Return)
            {
                yield return (i, _instructions[i].Next);
            }

            if (_instructions[i].Kind == Of.Choice)
            {
                yield return (i, _instructions[i].Argument);
            }
        }
    }
}
