using System.Runtime.InteropServices;
using Of = LocalLlm.Inference.GrammarInstruction.Of;

namespace LocalLlm.Inference;

/// <summary>
/// Follows texts through a grammar: Earley's algorithm, but without positions in the text. A state is what can follow,
/// is made when a text first leads there and found again by what it holds. A rule at the end of another takes its place,
/// so that recursion on the right costs nothing. Used by one thread at a time.
/// </summary>
internal sealed class GrammarAutomaton
{
    // Per state. Only grammars that are ambiguous without end have more ways.
    private const int MaxWays = 20_000;

    // Per token or mask: about a tenth of a second.
    private const int MaxWork = 2_000_000;

    // What is kept: items of states, and places for the states after them.
    private const int MaxSize = 1_000_000;

    private readonly GrammarProgram _program;
    private readonly int[] _tokens;
    private readonly Dictionary<int, GrammarState> _states = [];
    private readonly GrammarFrame _root = new(0);
    private readonly Stack<GrammarItem> _open = [];
    private readonly HashSet<long> _seen = [];
    private readonly List<GrammarItem> _kernel = [];
    private readonly List<GrammarItem> _characters = [];
    private readonly List<GrammarItem> _namedTokens = [];
    private readonly Dictionary<int, GrammarFrame> _frames = [];
    private long _lastFrame;
    private int _size;

    /// <param name="program">The grammar.</param>
    /// <param name="tokens">The model's number of each token that it names.</param>
    /// <param name="root">The rule that a text starts with.</param>
    internal GrammarAutomaton(GrammarProgram program, int[] tokens, int root)
    {
        _program = program;
        _tokens = tokens;
        Dead = new GrammarState([], isComplete: false);
        Begin();
        Push(program.EntryOf(root), _root);
        Start = Reach();
    }

    /// <summary>The state of an empty text.</summary>
    internal GrammarState Start { get; }

    /// <summary>The state of every text that the grammar does not allow.</summary>
    internal GrammarState Dead { get; }

    /// <summary>How much work the call has cost so far, in steps of the algorithm.</summary>
    internal int Work { get; private set; }

    /// <summary>How often what was found out had to be forgotten for its size.</summary>
    internal int TimesForgotten { get; private set; }

    /// <summary>Starts a call: the work of each is limited, so that none runs for long.</summary>
    internal void BeginCall()
    {
        Work = 0;
        if (_size > MaxSize)
        {
            Forget();
        }
    }

    /// <summary>The state after a byte: of a whole character, or the same where a character has begun that may be next.</summary>
    /// <param name="state">Before the character.</param>
    /// <param name="partial">What the byte has made of it.</param>
    /// <param name="codePoint">The character, if it is whole.</param>
    /// <exception cref="GrammarException">The grammar is too ambiguous for this text.</exception>
    internal GrammarState After(GrammarState state, PartialCharacter partial, int codePoint) =>
        state.IsDead ? state
        : partial.IsEmpty ? AfterKind(state, _program.Kinds.Of(codePoint))
        : Allows(state, partial) ? state
        : Dead;

    /// <summary>The state after a token as such, which the grammar names or excludes.</summary>
    /// <param name="state">Before it.</param>
    /// <param name="token">The token.</param>
    /// <param name="isText">It has a text; others must be named.</param>
    /// <exception cref="GrammarException">The grammar is too ambiguous for this text.</exception>
    internal GrammarState AfterToken(GrammarState state, int token, bool isText)
    {
        if (state.Tokens.Length == 0)
        {
            return Dead;
        }

        Begin();
        foreach (GrammarItem item in state.Tokens)
        {
            ref readonly GrammarInstruction instruction = ref _program[item.Position];
            if (IsExclusion(item) ? isText && TokenOf(item) != token : TokenOf(item) == token)
            {
                Push(instruction.Next, item.Frame);
            }
        }

        return Reach();
    }

    /// <summary>Whether an item takes any token but its own.</summary>
    internal bool IsExclusion(GrammarItem item) => _program.Tokens[_program[item.Position].Argument].IsNegated;

    internal int TokenOf(GrammarItem item) => _tokens[_program[item.Position].Argument];

    /// <summary>The state of a text that can be read in the ways of both.</summary>
    internal GrammarState Union(GrammarState first, GrammarState second)
    {
        if (first == second || second.IsDead)
        {
            return first;
        }

        if (first.IsDead)
        {
            return second;
        }

        Begin();
        Add(first.Kernel);
        Add(second.Kernel);
        return Intern(first.IsComplete || second.IsComplete);

        void Add(ReadOnlySpan<GrammarItem> kernel)
        {
            foreach (GrammarItem item in kernel)
            {
                if (_seen.Add(item.Key))
                {
                    _kernel.Add(item);
                }
            }
        }
    }

    /// <summary>What a text's own state holds can't be forgotten, so that it must not grow without end.</summary>
    /// <exception cref="GrammarException">It has grown too far.</exception>
    internal static void CheckSize(GrammarState state)
    {
        HashSet<GrammarFrame> seen = [];
        Stack<GrammarFrame> open = [];
        int size = 0;
        Add(state.Kernel);
        while (open.TryPop(out GrammarFrame? frame))
        {
            Add(CollectionsMarshal.AsSpan(frame.Waiting));
        }

        void Add(ReadOnlySpan<GrammarItem> items)
        {
            size += items.Length;
            if (size > MaxSize / 2)
            {
                throw TooAmbiguous("this text needs too much memory");
            }

            foreach (GrammarItem item in items)
            {
                if (seen.Add(item.Frame))
                {
                    open.Push(item.Frame);
                }
            }
        }
    }

    private bool Allows(GrammarState state, PartialCharacter partial)
    {
        foreach (int kind in _program.Kinds.Between(partial.First, partial.Last))
        {
            Count(1);
            if (!AfterKind(state, kind).IsDead)
            {
                return true;
            }
        }

        return false;
    }

    private GrammarState AfterKind(GrammarState state, int kind)
    {
        GrammarState?[] next = state.Next ??= NewPlaces();
        return next[kind] ??= FindAfter(state, kind);
    }

    private GrammarState?[] NewPlaces()
    {
        _size += _program.Kinds.Count / 2;
        Count(_program.Kinds.Count / 4);
        return new GrammarState?[_program.Kinds.Count];
    }

    private GrammarState FindAfter(GrammarState state, int kind)
    {
        Begin();
        int example = _program.Kinds.Example(kind);
        // A look at a set is little beside a step.
        Count((state.Characters.Length / 8) + 1);
        foreach (GrammarItem item in state.Characters)
        {
            ref readonly GrammarInstruction instruction = ref _program[item.Position];
            if (_program.Sets[instruction.Argument].Contains(example))
            {
                Push(instruction.Next, item.Frame);
            }
        }

        return Reach();
    }

    private void Begin()
    {
        _open.Clear();
        _seen.Clear();
        _kernel.Clear();
    }

    private void Push(int position, GrammarFrame frame)
    {
        Count(1);
        GrammarItem item = new(position, frame);
        if (_program.IsUseful(position) && _seen.Add(item.Key))
        {
            _open.Push(item);
            if (_seen.Count > MaxWays)
            {
                throw TooAmbiguous($"the text can be read in more than {MaxWays:N0} ways");
            }
        }
    }

    private void Count(int work)
    {
        Work += work;
        if (Work > MaxWork)
        {
            throw TooAmbiguous("a token takes too long to check");
        }
    }

    /// <summary>The state that the open items lead to.</summary>
    private GrammarState Reach()
    {
        bool isComplete = false;
        while (_open.TryPop(out GrammarItem item))
        {
            ref readonly GrammarInstruction instruction = ref _program[item.Position];
            switch (instruction.Kind)
            {
                case Of.Return when item.Frame == _root:
                    isComplete = true;
                    break;
                case Of.Return:
                    foreach (GrammarItem waiting in item.Frame.Waiting)
                    {
                        Push(waiting.Position, waiting.Frame);
                    }

                    break;
                case Of.Choice:
                    PushChoice(item);
                    break;
                default:
                    _kernel.Add(item);
                    PushIfNullable(item);
                    break;
            }
        }

        return Intern(isComplete);
    }

    private void PushChoice(GrammarItem item)
    {
        Push(_program[item.Position].Next, item.Frame);
        Push(_program[item.Position].Argument, item.Frame);
    }

    private void PushIfNullable(GrammarItem item)
    {
        ref readonly GrammarInstruction instruction = ref _program[item.Position];
        if (instruction.Kind == Of.Call && _program.IsNullable(instruction.Argument))
        {
            Push(instruction.Next, item.Frame);
        }
    }

    private GrammarState Intern(bool isComplete)
    {
        if (_kernel.Count == 0 && !isComplete)
        {
            return Dead;
        }

        _kernel.Sort();
        HashCode code = default;
        code.Add(isComplete);
        foreach (GrammarItem item in _kernel)
        {
            code.Add(item.Key);
        }

        int hash = code.ToHashCode();
        _states.TryGetValue(hash, out GrammarState? known);
        for (GrammarState? state = known; state is not null; state = state.SameHash)
        {
            if (state.IsComplete == isComplete && state.Kernel.SequenceEqual(CollectionsMarshal.AsSpan(_kernel)))
            {
                return state;
            }
        }

        GrammarState made = new([.. _kernel], isComplete);
        Predict(made);
        made.SameHash = known;
        _states[hash] = made;
        return made;
    }

    /// <summary>Finds what the rules that a state calls can start with.</summary>
    private void Predict(GrammarState state)
    {
        _seen.Clear();
        _characters.Clear();
        _namedTokens.Clear();
        _frames.Clear();
        foreach (GrammarItem item in state.Kernel)
        {
            Push(item.Position, item.Frame);
        }

        while (_open.TryPop(out GrammarItem item))
        {
            switch (_program[item.Position].Kind)
            {
                case Of.Choice:
                    PushChoice(item);
                    break;
                case Of.Call:
                    Call(item);
                    PushIfNullable(item);
                    break;
                case Of.Character:
                    _characters.Add(item);
                    break;
                case Of.Token:
                    _namedTokens.Add(item);
                    break;
            }
        }

        state.Characters = [.. _characters];
        state.Tokens = [.. _namedTokens];
        _size += state.Kernel.Length + _seen.Count;
    }

    // What may be empty has been passed already, so that a return means nothing here.
    private void Call(GrammarItem item)
    {
        ref readonly GrammarInstruction instruction = ref _program[item.Position];
        GrammarFrame? frame = item.Frame;
        if (instruction.Next != GrammarProgram.Return)
        {
            if (!_frames.TryGetValue(instruction.Argument, out frame))
            {
                frame = new GrammarFrame(++_lastFrame);
                _frames.Add(instruction.Argument, frame);
            }

            frame.Waiting.Add(new GrammarItem(instruction.Next, item.Frame));
        }

        Push(_program.EntryOf(instruction.Argument), frame);
    }

    // States that a text is at live on, and find their way again.
    private void Forget()
    {
        foreach (GrammarState first in _states.Values)
        {
            for (GrammarState? state = first; state is not null; state = state.SameHash)
            {
                state.Next = null;
                state.Allowed = null;
            }
        }

        // Every call begins with it again: it must not keep what came after.
        Start.Next = null;
        Start.Allowed = null;
        _states.Clear();
        _size = 0;
        TimesForgotten++;
    }

    private static GrammarException TooAmbiguous(string what) =>
        new($"The grammar is too large or too ambiguous: {what}. Let alternatives start differently, and write repetitions with * and + instead of recursion.");
}
