using System.Diagnostics;

namespace LocalLlm.Inference;

/// <summary>One request on its way through the engine. All but <see cref="IsCancelled"/> and <see cref="Stream"/> belongs to the engine's thread.</summary>
internal sealed class Generation(GenerationRequest request, Vocabulary vocabulary) : IDisposable
{
    private readonly long _submitted = Stopwatch.GetTimestamp();
    private readonly byte[] _pieceBuffer = new byte[256];
    private readonly GrammarConstraint? _grammar = request.Grammar is { } grammar ? new GrammarConstraint(grammar) : null;
    private readonly OutputText _output = new(request.StopStrings);
    private Sampler? _sampler;
    private volatile bool _isCancelled;
    private long _started;
    private long _firstToken;
    private int _promptTokens;
    private int _cachedTokens;
    private int _generatedTokens;

    internal TokenStream Stream { get; } = new();

    internal bool IsCancelled => _isCancelled;

    /// <summary>The prompt's tokens: the call's, and once it runs those that its sequence holds of the same text.</summary>
    internal int[] Prompt { get; private set; } = request.Prompt;

    internal int? MaxOutputTokens => request.MaxOutputTokens;

    internal bool IsReproducible => request.IsReproducible;

    internal bool TellsLogProbabilities => request.Sampling.LogProbabilities is not null;

    internal bool Shifts => request.Overflow == OverflowPolicy.Shift;

    /// <summary>The sequence that it runs on; null while it waits.</summary>
    internal KvSequence? Sequence { get; private set; }

    /// <summary>The token drawn last, which the next step decodes; null while the prompt is not done.</summary>
    internal int? NextToken { get; private set; }

    /// <summary>The part of the prompt that is not in the KV cache yet.</summary>
    internal ReadOnlySpan<int> PromptLeft => Prompt.AsSpan(Math.Min(Sequence!.Tokens.Count, Prompt.Length));

    /// <summary>How many of the prompt's tokens this step's batch holds.</summary>
    internal int StepTokens { get; set; }

    /// <summary>The index in this step's batch whose logits are wanted; -1 for none.</summary>
    internal int OutputIndex { get; set; } = -1;

    /// <summary>Whether the sequence is full and must be shortened before the next token.</summary>
    internal bool NeedsShift { get; private set; }

    /// <summary>Marks it as not wanted any more; the reader is told at once, the engine frees the sequence at its next step.</summary>
    internal void Cancel(Exception reason)
    {
        _isCancelled = true;
        Stream.Fail(reason);
    }

    internal void Start(in KvStart start)
    {
        Sequence = start.Sequence;
        Prompt = start.Prompt;
        _promptTokens = Prompt.Length;
        _cachedTokens = Sequence.Tokens.Count;
        _started = Stopwatch.GetTimestamp();
    }

    /// <summary>Goes on after tokens of which the sequence may have lost some: those are read again, and then the token drawn last.</summary>
    internal void GoOnFrom(int[] tokens)
    {
        NeedsShift = false;
        if (Sequence!.Tokens.Count < tokens.Length)
        {
            Prompt = [.. tokens, NextToken!.Value];
            NextToken = null;
        }
    }

    /// <summary>Enters what the step has decoded into the cache's record.</summary>
    internal void RecordStep(KvCache cache)
    {
        if (NextToken is { } token)
        {
            cache.Append(Sequence!, new ReadOnlySpan<int>(in token));
            NextToken = null;
        }
        else
        {
            cache.Append(Sequence!, PromptLeft[..StepTokens]);
        }
    }

    /// <summary>Draws the next token, hands out the text that it makes certain, and says whether this was the end.</summary>
    internal bool Advance(ReadOnlySpan<float> logits, Candidates candidates, int sequenceLength)
    {
        if (_generatedTokens == 0)
        {
            _firstToken = Stopwatch.GetTimestamp();
        }

        // Of a grammar that only allows the empty text; otherwise it is seen with the last token.
        if (_grammar is { IsFinished: true })
        {
            End(FinishCause.EndOfGeneration);
            return true;
        }

        _sampler ??= StartSampler();
        int token = _sampler.Draw(logits, candidates);
        _sampler.Accept(token);
        if (!request.IgnoresEnd && vocabulary.EndsGeneration(token))
        {
            End(FinishCause.EndOfGeneration);
            return true;
        }

        _generatedTokens++;
        AppendPiece(token);
        TokenLogProbability? logProbability =
            request.Sampling.LogProbabilities is { } alternatives ? new LogSoftmax(logits).Describe(token, alternatives, vocabulary) : null;
        Stream.Write(new GeneratedPiece(token, _output.Take(isEnd: false), logProbability));
        if (_output.IsStopped)
        {
            End(FinishCause.StopString);
            return true;
        }

        if (_grammar is { IsFinished: true })
        {
            End(FinishCause.EndOfGeneration);
            return true;
        }

        if (_generatedTokens == request.MaxOutputTokens)
        {
            End(FinishCause.OutputLimit);
            return true;
        }

        // This token takes the next place in the context; without one after it, nothing could follow.
        bool isFull = Sequence!.Tokens.Count >= sequenceLength;
        if (isFull && request.Overflow == OverflowPolicy.Throw)
        {
            End(FinishCause.ContextFull);
            return true;
        }

        NeedsShift = isFull;
        NextToken = token;
        return false;
    }

    public void Dispose() => _sampler?.Dispose();

    private Sampler StartSampler()
    {
        Sampler sampler = new(request.Sampling, vocabulary, _grammar);
        sampler.AcceptPrompt(Prompt);
        return sampler;
    }

    private void AppendPiece(int token)
    {
        bool isShown = request.ShownTokens?.Contains(token) == true;
        int length = vocabulary.CopyPiece(token, _pieceBuffer, isShown);
        if (length >= 0)
        {
            _output.Append(_pieceBuffer.AsSpan(0, length));
            return;
        }

        byte[] large = new byte[-length];
        _output.Append(large.AsSpan(0, Math.Max(0, vocabulary.CopyPiece(token, large, isShown))));
    }

    private void End(FinishCause cause)
    {
        if (_output.Take(isEnd: true) is { } rest)
        {
            Stream.Write(new GeneratedPiece(-1, rest));
        }

        Stream.Complete(new GenerationEnd(cause, new Timings
        {
            PromptTokens = _promptTokens,
            CachedTokens = _cachedTokens,
            GeneratedTokens = _generatedTokens,
            Queued = Stopwatch.GetElapsedTime(_submitted, _started),
            Prefill = Stopwatch.GetElapsedTime(_started, _firstToken),
            Decode = Stopwatch.GetElapsedTime(_firstToken),
        }));
    }
}
