using LocalLlm.Native;

namespace LocalLlm.Inference;

internal sealed partial class Engine
{
    // What llama_decode returns.
    private const int NoPlace = 1;
    private const int Aborted = 2;

    // The pieces in which a seeded call's prompt is read: of one size, and small enough for others to wait for.
    private const int ReproduciblePiece = 64;

    // A prompt that equals this one but for its last few tokens can go on from there too.
    private const int CheckpointDistance = 4;

    private bool _shortestFirst;
    private bool _readsPrompts;

    private void Step(NativeLogScope log)
    {
        FillBatch(_context.Batch.Capacity);
        int result = Decode(log, out TimeSpan elapsed);
        // No free place in the KV cache: the calls' tokens have one, but perhaps not all of a batch in a window.
        while (result == NoPlace && (_cache.DropIdle() || TryHalveBatch()))
        {
            result = Decode(log, out elapsed);
        }

        string[] errors = log.TakeErrors();
        if (result == 0)
        {
            if (_readsPrompts)
            {
                _prefillBudget.Observe(_context.Batch.Count, elapsed);
            }

            foreach (Generation generation in _stepping)
            {
                Advance(generation);
            }
        }
        else
        {
            Recover(result, errors);
        }

        if (log.TakeFailure() is { } thrown)
        {
            FailStep(thrown);
        }
    }

    private void FillBatch(int capacity)
    {
        DecodeBatch batch = _context.Batch;
        batch.Clear();
        _stepping.Clear();
        foreach (Generation generation in _active)
        {
            if (generation.NeedsShift)
            {
                generation.GoOnFrom(_cache.Shift(generation.Sequence!));
            }

            if (generation.NextToken is { } token && batch.Count < capacity)
            {
                KvSequence sequence = generation.Sequence!;
                generation.OutputIndex = batch.Add(token, sequence.Tokens.Count, sequence.Id, output: true);
                _stepping.Add(generation);
            }
        }

        AddPrompts(batch, capacity - batch.Count);
        _cache.MakeRoom(batch.Count);
    }

    /// <summary>Adds the next pieces of prompts: in their order, and every second time the shortest first, which would wait long behind a long one.</summary>
    private void AddPrompts(DecodeBatch batch, int room)
    {
        _readsPrompts = false;
        if (room == 0 || ShortestPrompt() is not { } shortest)
        {
            return;
        }

        int budget = Math.Min(room, _prefillBudget.Tokens(isAlone: _active.Count == 1 && _waiting.Count == 0 && _context.IsAlone));
        _shortestFirst = !_shortestFirst;
        Generation? first = _shortestFirst ? shortest : null;
        if (first is not null)
        {
            Add(first);
        }

        foreach (Generation generation in _active)
        {
            if (generation.NextToken is null && generation != first && budget > 0)
            {
                Add(generation);
            }
        }

        void Add(Generation generation)
        {
            int count = AddPrompt(batch, generation, generation.IsReproducible ? Math.Min(room, ReproduciblePiece) : budget);
            room -= count;
            budget -= count;
            _readsPrompts = true;
            _stepping.Add(generation);
        }
    }

    private Generation? ShortestPrompt()
    {
        Generation? shortest = null;
        foreach (Generation generation in _active)
        {
            if (generation.NextToken is null && (shortest is null || generation.PromptLeft.Length < shortest.PromptLeft.Length))
            {
                shortest = generation;
            }
        }

        return shortest;
    }

    private int AddPrompt(DecodeBatch batch, Generation generation, int most)
    {
        KvSequence sequence = generation.Sequence!;
        ReadOnlySpan<int> left = generation.PromptLeft;
        int count = Math.Min(left.Length, most);
        int checkpoint = CheckpointLength(generation) - sequence.Tokens.Count;
        if (checkpoint > 0 && checkpoint < count)
        {
            count = checkpoint;
        }

        generation.OutputIndex = -1;
        for (int i = 0; i < count; i++)
        {
            bool isLast = i == left.Length - 1;
            int index = batch.Add(left[i], sequence.Tokens.Count + i, sequence.Id, isLast);
            if (isLast)
            {
                generation.OutputIndex = index;
            }
        }

        generation.StepTokens = count;
        return count;
    }

    /// <summary>Where the sequence is saved: shortly before the prompt's end, since an equal prompt still has to decode its last token. 0 for nowhere.</summary>
    private int CheckpointLength(Generation generation) =>
        _cache.NeedsCheckpoints && !generation.IsReproducible && generation.Sequence!.PromptLength >= WorthSharing ? generation.Sequence.PromptLength - CheckpointDistance : 0;

    private bool TryHalveBatch()
    {
        int half = _context.Batch.Count / 2;
        if (half == 0)
        {
            return false;
        }

        FillBatch(half);
        // The others come first the next time.
        _active.RemoveAll(_stepping.Contains);
        _active.AddRange(_stepping);
        return true;
    }

    private int Decode(NativeLogScope log, out TimeSpan elapsed)
    {
        lock (_gate)
        {
            _decoding = log;
            AbortIfUnwanted();
        }

        try
        {
            return _context.Decode(out elapsed);
        }
        finally
        {
            lock (_gate)
            {
                _decoding = null;
                _context.Abort.Set(false);
                log.IsStopping = false;
            }
        }
    }

    // Only where nobody wants the step any more: an abort costs every sequence of it.
    private void AbortIfUnwanted()
    {
        if (_decoding is { } log && (_isStopping || _stepping.TrueForAll(g => g.IsCancelled)))
        {
            log.IsStopping = true;
            _context.Abort.Set(true);
        }
    }

    // Whatever goes wrong here is one call's own: the others go on.
    private void Advance(Generation generation)
    {
        bool isRecorded = false;
        try
        {
            generation.RecordStep(_cache);
            isRecorded = true;
            if (generation.Sequence!.Tokens.Count == CheckpointLength(generation))
            {
                _cache.TakeCheckpoint(generation.Sequence);
            }

            if (generation.OutputIndex >= 0 && !generation.IsCancelled && generation.Advance(Logits(generation.OutputIndex), _candidates, ContextLength))
            {
                Finish(generation);
            }
        }
        catch (Exception failure)
        {
            if (!isRecorded)
            {
                _cache.Clear(generation.Sequence!);
            }

            generation.Stream.Fail(failure);
            Finish(generation);
        }
    }

    private unsafe ReadOnlySpan<float> Logits(int index)
    {
        float* logits = LlamaApi.llama_get_logits_ith(_context.Handle, index);
        return logits is not null
            ? new ReadOnlySpan<float>(logits, _model.Vocabulary.Count)
            : throw new LocalLlmException("llama.cpp gave no logits for a token whose output was asked for.");
    }

    /// <summary>After a decode that did not succeed: cells and records agree again, and callers who still wait are told.</summary>
    private void Recover(int result, string[] errors)
    {
        if (_context.MemoryKind == MemoryKind.Attention || result == NoPlace)
        {
            foreach (Generation generation in _stepping)
            {
                if (result < 0)
                {
                    _cache.Clear(generation.Sequence!);
                }
                else
                {
                    _cache.Restore(generation.Sequence!);
                }
            }
        }
        else
        {
            // A state moves to another place in the course of a decode, also that of a sequence which is not in its
            // batch, and only some of its layers may have moved: nothing can be trusted. What still runs is read again.
            int[][] held = [.. _active.Select(g => g.Sequence!.Tokens.ToArray())];
            _cache.ClearAll();
            foreach ((Generation generation, int[] tokens) in _active.Zip(held))
            {
                if (generation.NextToken is not null)
                {
                    generation.GoOnFrom(tokens);
                }
            }
        }

        if (result == Aborted)
        {
            return;
        }

        string reason = result == NoPlace ? "no free place in the KV cache" : $"error {result}";
        foreach (Generation generation in _stepping)
        {
            generation.Stream.Fail(new LocalLlmException($"llama_decode failed: {reason}. {string.Join(" | ", errors)}".TrimEnd()));
            Finish(generation);
        }
    }

    // A caller's logger threw while this step ran: the calls of the step get to know it, the others go on.
    private void FailStep(Exception thrown)
    {
        foreach (Generation generation in _stepping.Where(_active.Contains))
        {
            generation.Stream.Fail(thrown);
            Finish(generation);
        }
    }
}
