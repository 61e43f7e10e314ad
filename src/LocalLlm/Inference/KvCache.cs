using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>
/// What each sequence of the context holds. The only place that changes the context's memory, so that this record and
/// the native cells agree. Used on the engine's thread only.
/// </summary>
internal sealed class KvCache
{
    private readonly nint _memory;
    private readonly bool _canCut;
    private readonly KvSequence[] _sequences;
    private long _clock;

    /// <param name="memory">The context's llama_memory_t.</param>
    /// <param name="sequenceCount">How many sequences the context was made for.</param>
    /// <param name="sequenceLength">The most tokens that one sequence may hold.</param>
    /// <param name="canCut">Whether the tail of a sequence can be removed.</param>
    internal KvCache(nint memory, int sequenceCount, int sequenceLength, bool canCut)
    {
        _memory = memory;
        _canCut = canCut;
        _sequences = [.. Enumerable.Range(0, sequenceCount).Select(id => new KvSequence(id, sequenceLength))];
    }

    /// <summary>
    /// Takes an idle sequence and cuts it back to the beginning that it shares with a prompt; null where all are in use.
    /// At least one token of the prompt is left to decode, since its logits are wanted.
    /// </summary>
    /// <param name="prompt">The prompt's tokens.</param>
    /// <param name="reuse">Whether what a sequence holds may be kept.</param>
    internal KvSequence? Take(ReadOnlySpan<int> prompt, bool reuse)
    {
        KvSequence? best = null;
        int bestShared = -1;
        foreach (KvSequence sequence in _sequences)
        {
            if (sequence.InUse)
            {
                continue;
            }

            int shared = reuse ? Reusable(sequence, prompt) : 0;
            // Every chat begins alike: for a few tokens another conversation's cache is not given up, the oldest is.
            if (shared * 2 < Math.Min(sequence.Tokens.Count, prompt.Length))
            {
                shared = 0;
            }

            if (shared > bestShared || (shared == bestShared && sequence.LastUsed < best!.LastUsed))
            {
                (best, bestShared) = (sequence, shared);
            }
        }

        if (best is not null)
        {
            best.InUse = true;
            CutTo(best, reuse ? Reusable(best, prompt) : 0);
        }

        return best;
    }

    /// <summary>Gives a sequence back. What it holds stays, for a prompt that begins alike.</summary>
    internal void Release(KvSequence sequence)
    {
        sequence.InUse = false;
        sequence.LastUsed = ++_clock;
    }

    /// <summary>Drops what idle sequences hold; false where there is nothing to drop.</summary>
    internal bool DropIdle()
    {
        bool dropped = false;
        foreach (KvSequence sequence in _sequences)
        {
            if (!sequence.InUse && sequence.Tokens.Count > 0)
            {
                CutTo(sequence, 0);
                dropped = true;
            }
        }

        return dropped;
    }

    /// <summary>Makes the native cells equal to the record again, after a decode that stopped somewhere in its batch.</summary>
    internal void Restore(KvSequence sequence) => CutTo(sequence, _canCut ? sequence.Tokens.Count : 0);

    private int Reusable(KvSequence sequence, ReadOnlySpan<int> prompt)
    {
        int kept = Math.Min(sequence.CommonPrefix(prompt), prompt.Length - 1);
        return _canCut || kept == sequence.Tokens.Count ? kept : 0;
    }

    private void CutTo(KvSequence sequence, int length)
    {
        // A whole sequence can always be removed; a tail can't always, and says so.
        if (length == 0 || !LlamaApi.llama_memory_seq_rm(_memory, sequence.Id, length, -1))
        {
            LlamaApi.llama_memory_seq_rm(_memory, sequence.Id, -1, -1);
            length = 0;
        }

        sequence.Tokens.RemoveRange(length, sequence.Tokens.Count - length);
    }
}
