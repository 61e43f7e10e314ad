using System.Diagnostics;
using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>
/// What each sequence of the context holds. The only place that changes the context's memory, so that this record and
/// the native cells agree. Used on the engine's thread only.
/// </summary>
internal sealed partial class KvCache
{
    /// <summary>How many sequences a context can have (LLAMA_MAX_SEQ).</summary>
    internal const int MostSequences = 256;

    // Two, so that also the last but one question can be asked again in other words.
    private const int MostCheckpoints = 2;

    // The first tokens of a text take much of the attention wherever they stand: dropping them spoils the rest.
    private const int AttentionSink = 4;

    private const int AnswerMarkup = 4;

    // A longer record is not kept for an empty sequence: there are many of those.
    private const int LargeRecord = 8192;

    // Room that is made for an answer at once, so that its tokens allocate nothing.
    private const int ExpectedOutput = 4096;

    private readonly EngineContext _context;
    private readonly Vocabulary _vocabulary;
    private readonly KvCells _cells;
    private readonly KvSequence[] _sequences;
    private readonly int _sequenceLength;
    private readonly long _checkpointBytes;
    private int _inUse;
    private long _clock;

    /// <param name="context">The context whose memory this is.</param>
    /// <param name="vocabulary">Tells the text of tokens.</param>
    /// <param name="sequenceLength">The most tokens that one sequence may hold.</param>
    /// <param name="sequences">How many sequences of that length there is room for.</param>
    /// <param name="checkpointBytes">The memory that saved states may take.</param>
    internal KvCache(EngineContext context, Vocabulary vocabulary, int sequenceLength, int sequences, long checkpointBytes)
    {
        _checkpointBytes = checkpointBytes;
        _context = context;
        _vocabulary = vocabulary;
        _sequenceLength = sequenceLength;
        _cells = new KvCells(sequenceLength * sequences);
        // Other kinds have a window or a state for as many sequences as the context was made for, and no more.
        int count = context.MemoryKind == MemoryKind.Attention ? MostSequences : sequences;
        _sequences = [.. Enumerable.Range(0, count).Select(id => new KvSequence(id))];
    }

    /// <summary>
    /// Finds a sequence for a prompt, and makes sure of cells for it and its answer: free ones, or those of idle sequences,
    /// which are evicted when the cells are needed. What a sequence holds of the prompt's beginning is used again: an idle
    /// sequence goes on, the beginning of another one is shared. At least one token of the prompt is left to decode, since
    /// its logits are wanted. Null: there is no place now.
    /// </summary>
    /// <param name="prompt">The prompt's tokens.</param>
    /// <param name="maxOutput">The most tokens that will follow; null: as many as a sequence has room for.</param>
    /// <param name="reuse">Whether what a sequence holds may be used. Where not, and no call runs, the cache is emptied: what else it holds changes the last bits of logits.</param>
    /// <param name="shifts">Whether the sequence may be shifted when it is full.</param>
    internal KvStart? TryStart(int[] prompt, int? maxOutput, bool reuse, bool shifts)
    {
        if (_inUse == _context.MostOutputs)
        {
            return null;
        }

        if (!reuse && _inUse == 0)
        {
            DropIdle();
        }

        shifts &= (long)prompt.Length + (maxOutput ?? _sequenceLength) > _sequenceLength;
        Reuse source = reuse ? FindReuse(prompt, maxOutput, shifts) : default;
        KvSequence? target = source.GoesOn ? source.Sequence : OldestIdle(except: source.Sequence) ?? IdleOf(source);
        int effectiveLength = source.PromptLength(prompt);
        int limit = (int)Math.Min(_sequenceLength, (long)effectiveLength + (maxOutput ?? _sequenceLength));
        if (target is null || !CanHold(limit, source))
        {
            return null;
        }

        int[] effective = source.Apply(prompt);
        target.InUse = true;
        target.Limit = limit;
        target.PromptLength = effective.Length;
        target.MayShift = shifts;
        _inUse++;
        if (target == source.Sequence)
        {
            CutTo(target, source.Kept);
        }
        else
        {
            if (target.Tokens.Count > 0)
            {
                Clear(target);
            }

            Share(source, target);
        }

        // A record that is kept has room for any call; a large one only for what is likely to come.
        int expected = _sequenceLength <= LargeRecord ? _sequenceLength : Math.Min(limit, effective.Length + ExpectedOutput);
        target.Tokens.EnsureCapacity(expected);
        target.Cells.EnsureCapacity(expected);
        return new KvStart(target, effective);
    }

    /// <summary>Evicts idle sequences, the longest idle first, until so many cells are free. For the tokens of running calls there are always enough.</summary>
    internal void MakeRoom(int cells)
    {
        while (_cells.Free < cells && OldestIdle(except: null, holding: true) is { } idle)
        {
            Clear(idle);
        }
    }

    /// <summary>Enters tokens that were decoded into a sequence's record.</summary>
    internal void Append(KvSequence sequence, ReadOnlySpan<int> tokens)
    {
        Debug.Assert(sequence.InUse && sequence.Tokens.Count + tokens.Length <= sequence.Limit, "Cells were kept for the call's tokens only.");
        sequence.Tokens.AddRange(tokens);
        _cells.Take(sequence.Cells, tokens.Length);
    }

    /// <summary>Gives a sequence back. What it holds stays, for a prompt that begins alike.</summary>
    internal void Release(KvSequence sequence)
    {
        sequence.InUse = false;
        sequence.LastUsed = ++_clock;
        _inUse--;
    }

    /// <summary>Drops what idle sequences hold; false where there is nothing to drop.</summary>
    internal bool DropIdle()
    {
        int free = _cells.Free;
        MakeRoom(_cells.Count);
        return _cells.Free > free;
    }

    /// <summary>Drops what a sequence holds, in use or not.</summary>
    internal void Clear(KvSequence sequence)
    {
        // A whole sequence can always be removed; a tail can't always, and says so.
        LlamaApi.llama_memory_seq_rm(_context.Memory, sequence.Id, -1, -1);
        Forget(sequence, 0);
    }

    /// <summary>Drops what every sequence holds.</summary>
    internal void ClearAll()
    {
        foreach (KvSequence sequence in _sequences)
        {
            Clear(sequence);
        }
    }

    /// <summary>Makes the native cells equal to the record again, after a decode that stopped somewhere in its batch.</summary>
    internal void Restore(KvSequence sequence) => CutTo(sequence, sequence.Tokens.Count, isDirty: true);

    /// <summary>Whether what has been read must be saved to come back to it, since it can't be cut back.</summary>
    internal bool NeedsCheckpoints => _context.MemoryKind is MemoryKind.SlidingWindow or MemoryKind.Recurrent;

    /// <summary>Saves what a sequence holds now of what can't be cut back, if there is memory to spare for it.</summary>
    internal unsafe void TakeCheckpoint(KvSequence sequence)
    {
        nuint size = LlamaApi.llama_state_seq_get_size_ext(_context.Handle, sequence.Id, llama_state_seq_flags.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY);
        if (size == 0 || (long)size > Math.Min(_checkpointBytes, Array.MaxLength))
        {
            return;
        }

        byte[] state = DropCheckpointsFor(sequence, (int)size) ?? GC.AllocateUninitializedArray<byte>((int)size);
        fixed (byte* data = state)
        {
            nuint written = LlamaApi.llama_state_seq_get_data_ext(
                _context.Handle, data, size, sequence.Id, llama_state_seq_flags.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY);
            if (written == size)
            {
                sequence.Checkpoints.Add(new KvCheckpoint(sequence.Tokens.Count, state));
            }
        }
    }

    /// <summary>Drops checkpoints until one of this size may be added; returns the memory of one, where it is just as large.</summary>
    private byte[]? DropCheckpointsFor(KvSequence sequence, int size)
    {
        byte[]? dropped = null;
        while (sequence.Checkpoints.Count >= MostCheckpoints)
        {
            Drop(sequence);
        }

        while (_sequences.Sum(s => s.Checkpoints.Sum(c => (long)c.State.Length)) + size > _checkpointBytes)
        {
            Drop(_sequences.Where(s => s.Checkpoints.Count > 0).MinBy(s => s.InUse ? long.MaxValue : s.LastUsed)!);
        }

        return dropped;

        void Drop(KvSequence from)
        {
            dropped = from.Checkpoints[0].State is { } state && state.Length == size ? state : dropped;
            from.Checkpoints.RemoveAt(0);
        }
    }

    /// <summary>
    /// Drops the older half of what a full sequence holds, but for its first tokens. Where llama.cpp can't move the
    /// rest, that is dropped as well, and has to be read again.
    /// </summary>
    /// <returns>The tokens that the sequence shall hold; it holds as many of them as its record says.</returns>
    internal int[] Shift(KvSequence sequence)
    {
        int kept = Math.Min(AttentionSink, sequence.Tokens.Count / 4);
        int dropped = Math.Max(1, (sequence.Tokens.Count - kept) / 2);
        Span<int> tokens = CollectionsMarshal.AsSpan(sequence.Tokens);
        int[] left = [.. tokens[..kept], .. tokens[(kept + dropped)..]];
        // A cell has one position: moving one that another sequence holds would move that one's text.
        if (_context.MemoryKind != MemoryKind.Attention || !LlamaApi.llama_memory_can_shift(_context.Memory) ||
            _cells.IsShared(CollectionsMarshal.AsSpan(sequence.Cells)) ||
            !LlamaApi.llama_memory_seq_rm(_context.Memory, sequence.Id, kept, kept + dropped))
        {
            CutTo(sequence, kept);
            return left;
        }

        LlamaApi.llama_memory_seq_add(_context.Memory, sequence.Id, kept + dropped, -1, -dropped);
        sequence.Tokens.RemoveRange(kept, dropped);
        _cells.Release(sequence.Cells, kept, dropped);
        sequence.ExactLength = Math.Min(sequence.ExactLength, kept);
        return left;
    }

    private Reuse FindReuse(int[] prompt, int? maxOutput, bool shifts)
    {
        Reuse best = default;
        foreach (KvSequence sequence in _sequences)
        {
            if (sequence.Tokens.Count > 0 && (!sequence.InUse || (_context.MemoryKind == MemoryKind.Attention && !sequence.MayShift)))
            {
                Reuse found = ReuseOf(sequence, prompt, maxOutput);
                // Cells that a shift drops must be free then: such a call shares none.
                if (shifts && !(found.GoesOn && !_cells.IsShared(CollectionsMarshal.AsSpan(sequence.Cells)[..found.Kept])))
                {
                    continue;
                }

                if (found.Kept > best.Kept || (found.Kept == best.Kept && found.Kept > 0 && found.GoesOn && !best.GoesOn))
                {
                    best = found;
                }
            }
        }

        return best;
    }

    private Reuse ReuseOf(KvSequence sequence, int[] prompt, int? maxOutput)
    {
        SharedBeginning shared = SharedBeginning.OfText(sequence.ExactTokens, prompt, _vocabulary);
        int length = shared.Held + prompt.Length - shared.Prompt;
        int room = Math.Min(maxOutput ?? 1, _sequenceLength - prompt.Length);
        if (length > prompt.Length && length + room > _sequenceLength)
        {
            // The sequence's own tokens are more than the prompt's, and the answer would lose its place to them.
            shared = SharedBeginning.OfTokens(sequence.ExactTokens, prompt);
            length = prompt.Length;
        }

        int kept = Keepable(sequence, Math.Min(shared.Held, length - 1));
        // Every chat begins alike. What another conversation holds is not given up for that: the beginning is shared where
        // it can be.
        bool isItsOwn = HoldsLastCall(sequence, kept);
        if (_context.MemoryKind == MemoryKind.Attention)
        {
            return new Reuse(sequence, shared, kept, GoesOn: isItsOwn && !sequence.InUse);
        }

        bool goesOn = isItsOwn || kept * 2 >= sequence.Tokens.Count || OldestIdle(except: sequence) is null;
        return goesOn ? new Reuse(sequence, shared, kept, GoesOn: true) : default;
    }

    /// <summary>
    /// Whether so many of a sequence's first tokens are all of its last call's prompt. An answer that was not taken up does
    /// not count, nor the markup before it, which some templates change when it becomes history.
    /// </summary>
    private static bool HoldsLastCall(KvSequence sequence, int length)
    {
        int markup = Math.Clamp(sequence.PromptLength / 8, 1, AnswerMarkup);
        return length >= Math.Min(sequence.PromptLength - markup, sequence.Tokens.Count);
    }

    /// <summary>How many of a sequence's first tokens can be kept, at most so many.</summary>
    private int Keepable(KvSequence sequence, int length)
    {
        if (length <= 0)
        {
            return 0;
        }

        return length == sequence.Tokens.Count || CanCut(sequence, length) ? length : LastCheckpoint(sequence, length)?.Length ?? 0;
    }

    private bool CanCut(KvSequence sequence, int length)
    {
        switch (_context.MemoryKind)
        {
            case MemoryKind.Attention:
                return true;
            case MemoryKind.SlidingWindow:
                // llama_memory_seq_rm says yes also where the window before the cut is gone.
                int first = LlamaApi.llama_memory_seq_pos_min(_context.Memory, sequence.Id);
                return first == 0 || (first > 0 && first <= length - _context.Window);
            default:
                return false;
        }
    }

    private static KvCheckpoint? LastCheckpoint(KvSequence sequence, int length) => sequence.Checkpoints.FindLast(c => c.Length <= length);

    // Idle sequences can all be evicted, but for what the call goes on from.
    private bool CanHold(int limit, in Reuse source)
    {
        _cells.BeginCount();
        int held = 0;
        foreach (KvSequence sequence in _sequences)
        {
            if (sequence.InUse)
            {
                held += _cells.CountNew(CollectionsMarshal.AsSpan(sequence.Cells));
            }
        }

        if (source.Sequence is { } kept)
        {
            held += _cells.CountNew(CollectionsMarshal.AsSpan(kept.Cells)[..source.Kept]);
        }

        return _cells.Count - held - Outstanding() >= limit - source.Kept;
    }

    /// <summary>How many cells running calls will still take.</summary>
    private int Outstanding()
    {
        int outstanding = 0;
        foreach (KvSequence sequence in _sequences)
        {
            if (sequence.InUse)
            {
                outstanding += sequence.Limit - sequence.Tokens.Count;
            }
        }

        return outstanding;
    }

    private KvSequence? OldestIdle(KvSequence? except, bool holding = false)
    {
        KvSequence? oldest = null;
        foreach (KvSequence sequence in _sequences)
        {
            if (!sequence.InUse && sequence != except && (!holding || sequence.Tokens.Count > 0) && (oldest is null || Age(sequence) < Age(oldest)))
            {
                oldest = sequence;
            }
        }

        return oldest;

        // An empty one is the cheapest, and one with room in its record before others.
        static long Age(KvSequence sequence) => sequence.Tokens.Count == 0 ? -1L - sequence.Tokens.Capacity : sequence.LastUsed;
    }

    private static KvSequence? IdleOf(in Reuse source) => source.Sequence is { InUse: false } idle ? idle : null;

    private void Share(in Reuse source, KvSequence target)
    {
        if (source.Kept == 0 || source.Sequence is not { } from)
        {
            return;
        }

        LlamaApi.llama_memory_seq_cp(_context.Memory, from.Id, target.Id, 0, source.Kept);
        _cells.Share(from.Cells, target.Cells, source.Kept);
        target.Tokens.AddRange(CollectionsMarshal.AsSpan(from.Tokens)[..source.Kept]);
    }

    private void CutTo(KvSequence sequence, int length, bool isDirty = false)
    {
        if (length == sequence.Tokens.Count && !isDirty)
        {
            return;
        }

        if (length == 0 || !(TryCut(sequence, length) || TryGoBack(sequence, length)))
        {
            Clear(sequence);
            return;
        }

        Forget(sequence, length);
    }

    private bool TryCut(KvSequence sequence, int length) =>
        CanCut(sequence, length) && LlamaApi.llama_memory_seq_rm(_context.Memory, sequence.Id, length, -1);

    private unsafe bool TryGoBack(KvSequence sequence, int length)
    {
        if (LastCheckpoint(sequence, length) is not { } checkpoint || checkpoint.Length != length)
        {
            return false;
        }

        fixed (byte* state = checkpoint.State)
        {
            nuint read = LlamaApi.llama_state_seq_set_data_ext(
                _context.Handle, state, (nuint)checkpoint.State.Length, sequence.Id, llama_state_seq_flags.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY);
            return read == (nuint)checkpoint.State.Length
                && LlamaApi.llama_memory_seq_rm(_context.Memory, sequence.Id, length, -1)
                && LlamaApi.llama_memory_seq_pos_max(_context.Memory, sequence.Id) == length - 1;
        }
    }

    private void Forget(KvSequence sequence, int length)
    {
        int count = sequence.Tokens.Count - length;
        sequence.Tokens.RemoveRange(length, count);
        _cells.Release(sequence.Cells, length, count);
        sequence.Checkpoints.RemoveAll(c => c.Length > length);
        if (length == 0 && sequence.Tokens.Capacity > LargeRecord)
        {
            sequence.Tokens.Capacity = sequence.Cells.Capacity = 0;
        }

        if (length <= sequence.ExactLength)
        {
            sequence.ExactLength = int.MaxValue;
        }
    }

    /// <summary>What a call can take over from a sequence.</summary>
    /// <param name="Sequence">The sequence; null for nothing.</param>
    /// <param name="Shared">How far it and the prompt begin alike.</param>
    /// <param name="Kept">How many of its tokens can be used.</param>
    /// <param name="GoesOn">Whether the call goes on in this very sequence.</param>
    private readonly record struct Reuse(KvSequence? Sequence, SharedBeginning Shared, int Kept, bool GoesOn)
    {
        internal int PromptLength(int[] prompt) => Shared.Held + prompt.Length - Shared.Prompt;

        internal int[] Apply(int[] prompt) => Shared.Held == Shared.Prompt && Sequence?.ExactTokens[..Shared.Held].SequenceEqual(prompt.AsSpan(0, Shared.Held)) != false
            ? prompt
            : [.. Sequence!.ExactTokens[..Shared.Held], .. prompt[Shared.Prompt..]];
    }
}
