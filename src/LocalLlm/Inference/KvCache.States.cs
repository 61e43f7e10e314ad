using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>Conversations that leave the cache as bytes and come back.</summary>
internal sealed partial class KvCache
{
    /// <summary>Copies what the cache holds of a conversation; null where it holds nothing of it, or nothing that can be copied by itself.</summary>
    /// <param name="tokens">The conversation. What a sequence holds is matched with it as with a prompt.</param>
    internal KvState? Save(int[] tokens)
    {
        (KvSequence? holder, int held) = HolderOf(tokens);
        return holder is null ? null
            : _context.MemoryKind == MemoryKind.Attention ? SaveBeginning(holder, held)
            : IsIdleWith(holder, held) ? SaveWhole(holder, held)
            : null;
    }

    /// <summary>Frees what the cache holds of a conversation, but for what another one has too.</summary>
    internal void Drop(int[] tokens)
    {
        (KvSequence? holder, int held) = HolderOf(tokens);
        if (holder is not null && IsIdleWith(holder, held))
        {
            Clear(holder);
        }
    }

    /// <summary>Puts a copied conversation into an idle sequence, where a prompt that begins so will find it; false where there is no room now.</summary>
    /// <exception cref="ContextOverflowException">It is longer than a sequence may be.</exception>
    /// <exception cref="LocalLlmException">llama.cpp does not take it.</exception>
    internal bool TryRestore(KvState state)
    {
        int[] tokens = state.Layout.Tokens;
        if (tokens.Length > _sequenceLength)
        {
            throw new ContextOverflowException(tokens.Length, _sequenceLength);
        }

        if (OldestIdle(except: null) is not { } target || !CanHold(tokens.Length, default))
        {
            return false;
        }

        Clear(target);
        MakeRoom(tokens.Length);
        if (!TryRead(state, target.Id))
        {
            Clear(target);
            throw new LocalLlmException("llama.cpp did not take the saved KV state. Load the session without its state: it is computed anew.");
        }

        target.Tokens.AddRange(tokens);
        _cells.Take(target.Cells, tokens.Length);
        target.PromptLength = state.Layout.PromptLength;
        target.LastUsed = ++_clock;
        target.Checkpoints.AddRange(state.Layout.Checkpoints.Select((c, i) => new KvCheckpoint(c.Tokens, state.Checkpoint(i).ToArray())));
        return true;
    }

    // Whether it is a conversation's own, not that of another one which begins alike.
    private static bool IsIdleWith(KvSequence holder, int held) => !holder.InUse && HoldsLastCall(holder, held);

    private (KvSequence? Holder, int Held) HolderOf(int[] tokens)
    {
        KvSequence? holder = null;
        int most = 0;
        foreach (KvSequence sequence in _sequences)
        {
            int held = SharedBeginning.OfText(sequence.ExactTokens, tokens, _vocabulary).Held;
            if (held > most)
            {
                (holder, most) = (sequence, held);
            }
        }

        return (holder, most);
    }

    // Only as much as is the conversation's: the rest of the sequence may be another one's.
    private KvState? SaveBeginning(KvSequence holder, int held)
    {
        // llama.cpp writes cells of the sequences that the context was made for, and leaves out who holds those of others.
        KvSequence copy = EmptyFirst(except: holder);
        LlamaApi.llama_memory_seq_cp(_context.Memory, holder.Id, copy.Id, 0, held);
        try
        {
            return Copy(copy.Id, [.. CollectionsMarshal.AsSpan(holder.Tokens)[..held]], Math.Min(holder.PromptLength, held), []);
        }
        finally
        {
            LlamaApi.llama_memory_seq_rm(_context.Memory, copy.Id, -1, -1);
        }
    }

    // What was read beyond the conversation is dropped: the next turn could not go on from there either.
    private KvState? SaveWhole(KvSequence holder, int held)
    {
        CutTo(holder, Keepable(holder, held));
        return holder.Tokens.Count > 0 ? Copy(holder.Id, [.. holder.Tokens], Math.Min(holder.PromptLength, holder.Tokens.Count), holder.Checkpoints) : null;
    }

    /// <summary>Makes an empty sequence the one with the number 0. Where sequences share their cells, a number is only a mark on them.</summary>
    private KvSequence EmptyFirst(KvSequence except)
    {
        KvSequence empty = OldestIdle(except)
            ?? throw new LocalLlmException("Every sequence of the KV cache is at work, so none can be copied: save the state again when a call has ended.");
        Clear(empty);
        KvSequence first = Array.Find(_sequences, s => s.Id == 0)!;
        if (first != empty)
        {
            LlamaApi.llama_memory_seq_cp(_context.Memory, first.Id, empty.Id, -1, -1);
            LlamaApi.llama_memory_seq_rm(_context.Memory, first.Id, -1, -1);
            (first.Id, empty.Id) = (empty.Id, first.Id);
        }

        return empty;
    }

    private unsafe KvState? Copy(int id, int[] tokens, int promptLength, List<KvCheckpoint> checkpoints)
    {
        nuint size = LlamaApi.llama_state_seq_get_size_ext(_context.Handle, id, llama_state_seq_flags.LLAMA_STATE_SEQ_FLAGS_NONE);
        if (size == 0)
        {
            return null;
        }

        KvState state = new(new KvStateLayout(tokens, promptLength, (long)size, [.. checkpoints.Select(c => new KvStateLayout.Checkpoint(c.Length, c.State.Length))]));
        nuint written = LlamaApi.llama_state_seq_get_data_ext(_context.Handle, state.Sequence, size, id, llama_state_seq_flags.LLAMA_STATE_SEQ_FLAGS_NONE);
        if (written != size)
        {
            state.Dispose();
            throw new LocalLlmException($"llama.cpp wrote {written} of {size} bytes of a sequence's state.");
        }

        for (int i = 0; i < checkpoints.Count; i++)
        {
            checkpoints[i].State.CopyTo(state.Checkpoint(i));
        }

        return state;
    }

    private unsafe bool TryRead(KvState state, int id)
    {
        nuint size = (nuint)state.Layout.SequenceBytes;
        return LlamaApi.llama_state_seq_set_data_ext(_context.Handle, state.Sequence, size, id, llama_state_seq_flags.LLAMA_STATE_SEQ_FLAGS_NONE) == size
            && LlamaApi.llama_memory_seq_pos_max(_context.Memory, id) == state.Layout.Tokens.Length - 1;
    }
}
