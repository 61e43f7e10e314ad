using System.Numerics.Tensors;

namespace LocalLlm.Inference;

/// <summary>
/// Draws the tokens of one sequence. Drawing and accepting are two steps: penalties know of a token only when it is
/// accepted, so a caller may look at it first, take away candidates and draw again.
/// </summary>
internal sealed class Sampler : IDisposable
{
    private readonly LogitAdjustment? _adjustment;
    private readonly TokenSelection? _selection;
    private readonly GrammarConstraint? _grammar;

    /// <param name="parameters">Checked already.</param>
    /// <param name="vocabulary">The model's.</param>
    /// <param name="grammar">What the text must match, which stays the caller's; null: anything.</param>
    internal Sampler(SamplingParameters parameters, Vocabulary vocabulary, GrammarConstraint? grammar = null)
    {
        _grammar = grammar;
        _adjustment = LogitAdjustment.Create(parameters, vocabulary);
        if (!parameters.IsGreedy)
        {
            _selection = new TokenSelection(parameters, vocabulary.Count);
        }
    }

    /// <summary>Shows the prompt to the penalties that look at it. Called once, before the first draw.</summary>
    internal void AcceptPrompt(ReadOnlySpan<int> prompt) => _adjustment?.AcceptPrompt(prompt);

    /// <summary>Draws a token from a row of logits.</summary>
    /// <exception cref="LocalLlmException">The model's logits are not numbers, or every token is banned.</exception>
    /// <exception cref="GrammarException">No token fits the grammar.</exception>
    internal int Draw(ReadOnlySpan<float> logits, Candidates candidates)
    {
        // Samplers sort, and sorting what has a NaN in it can end the process. IndexOfMax finds that one first.
        int best = TensorPrimitives.IndexOfMax(logits);
        if (best < 0 || !float.IsFinite(logits[best]))
        {
            throw new LocalLlmException("The model gave no finite logits, so no token can be drawn. The file may be damaged, or its numbers overflow on this backend.");
        }

        // Mirostat learns as it draws: it must not learn from what the grammar then forbids.
        if (_grammar is not null && _selection is { LearnsAsItDraws: true })
        {
            return DrawAllowed(_grammar, logits, candidates);
        }

        int token = best;
        if (_adjustment is not null || _selection is not null)
        {
            candidates.Fill(logits);
            token = Draw(candidates);
        }

        // Asked about this one first: to ask about all takes long, and mostly a model keeps to the grammar by itself.
        return _grammar?.Allows(token) == false ? DrawAllowed(_grammar, logits, candidates) : token;
    }

    /// <summary>Draws one of the candidates, of which some may have been masked with negative infinity; none is NaN.</summary>
    /// <exception cref="LocalLlmException">Every candidate is banned.</exception>
    internal int Draw(Candidates candidates)
    {
        int token = DrawFrom(candidates);
        return token >= 0
            ? token
            : throw new LocalLlmException("No token can be drawn: the logit bias bans them all, or penalties have made every logit infinite.");
    }

    /// <summary>Notes a drawn token as part of the output.</summary>
    internal void Accept(int token)
    {
        _grammar?.Accept(token);
        _adjustment?.Accept(token);
        _selection?.Accept(token);
    }

    public void Dispose()
    {
        _adjustment?.Dispose();
        _selection?.Dispose();
    }

    // The grammar masks before anything else, so that no truncation can leave only what it forbids.
    private int DrawAllowed(GrammarConstraint grammar, ReadOnlySpan<float> logits, Candidates candidates)
    {
        candidates.Fill(logits);
        grammar.Mask(candidates);
        int token = candidates.Left.IsEmpty ? -1 : DrawFrom(candidates);
        return token >= 0 && grammar.Allows(token)
            ? token
            : throw new GrammarException("The grammar can't go on: no token of this model fits it here.");
    }

    // -1 where none can be drawn.
    private int DrawFrom(Candidates candidates)
    {
        if (_adjustment is not null)
        {
            _adjustment.Apply(candidates);
            if (candidates.Best < 0)
            {
                return -1;
            }
        }

        _selection?.Apply(candidates);
        return _selection is null ? candidates.Best : candidates.Selected;
    }
}
