using System.Numerics.Tensors;

namespace LocalLlm.Inference;

/// <summary>The model's own distribution over the next token.</summary>
internal readonly ref struct LogSoftmax
{
    private readonly ReadOnlySpan<float> _logits;
    /// <param name="logits">A row of logits, of which at least one is finite and none NaN.</param>
    internal LogSoftmax(ReadOnlySpan<float> logits)
    {
        _logits = logits;
        float max = TensorPrimitives.Max(logits);
        Span<float> part = stackalloc float[512];
        double sum = 0;
        for (int start = 0; start < logits.Length; start += part.Length)
        {
            Span<float> terms = part[..Math.Min(part.Length, logits.Length - start)];
            TensorPrimitives.Subtract(logits.Slice(start, terms.Length), max, terms);
            TensorPrimitives.Exp(terms, terms);
            sum += TensorPrimitives.Sum(terms);
        }

        LogSum = max + Math.Log(sum);
    }

    /// <summary>The logarithm of the sum of all exponentials: what is between a logit and its log-probability.</summary>
    internal double LogSum { get; }

    internal double this[int token] => _logits[token] - LogSum;

    /// <summary>Tells a token's log-probability, beside those of the most probable tokens.</summary>
    internal TokenLogProbability Describe(int token, int alternatives, Vocabulary vocabulary)
    {
        Span<int> top = stackalloc int[alternatives];
        TokenLogProbability[] described = new TokenLogProbability[FindTop(top)];
        for (int i = 0; i < described.Length; i++)
        {
            described[i] = new TokenLogProbability(top[i], vocabulary.Piece(top[i]), this[top[i]], []);
        }

        return new TokenLogProbability(token, vocabulary.Piece(token), this[token], described);
    }

    // Most probable first, equal ones in the order of their ids; none that is impossible.
    private int FindTop(Span<int> top)
    {
        int found = 0;
        for (int token = 0; token < _logits.Length; token++)
        {
            float logit = _logits[token];
            int place = found;
            while (place > 0 && logit > _logits[top[place - 1]])
            {
                place--;
            }

            if (place < top.Length && float.IsFinite(logit))
            {
                found = Math.Min(found + 1, top.Length);
                top[place..(found - 1)].CopyTo(top[(place + 1)..]);
                top[place] = token;
            }
        }

        return found;
    }
}
