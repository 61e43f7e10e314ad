using System.Numerics.Tensors;

namespace LocalLlm.Inference;

/// <summary>
/// Draws the tokens of one sequence. Drawing and accepting are two steps: what is drawn changes nothing until it is
/// accepted, so a caller may look at it first, take away candidates and draw again.
/// </summary>
internal sealed class Sampler : IDisposable
{
    private readonly LogitAdjustment? _adjustment;
    private readonly TokenSelection? _selection;

    /// <param name="parameters">Checked already.</param>
    /// <param name="vocabulary">The model's.</param>
    internal Sampler(SamplingParameters parameters, Vocabulary vocabulary)
    {
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
    internal int Draw(ReadOnlySpan<float> logits, Candidates candidates)
    {
        // Samplers sort, and sorting what has a NaN in it can end the process. IndexOfMax finds that one first.
        int best = TensorPrimitives.IndexOfMax(logits);
        if (best < 0 || !float.IsFinite(logits[best]))
        {
            throw new LocalLlmException("The model gave no finite logits, so no token can be drawn. The file may be damaged, or its numbers overflow on this backend.");
        }

        if (_adjustment is null && _selection is null)
        {
            return best;
        }

        candidates.Fill(logits);
        return Draw(candidates);
    }

    /// <summary>Draws one of the candidates, of which some may have been masked with negative infinity; none is NaN.</summary>
    /// <exception cref="LocalLlmException">Every candidate is banned.</exception>
    internal int Draw(Candidates candidates)
    {
        if (_adjustment is not null)
        {
            _adjustment.Apply(candidates);
            ThrowUnlessDrawable(candidates.Best);
        }

        _selection?.Apply(candidates);
        int token = _selection is null ? candidates.Best : candidates.Selected;
        ThrowUnlessDrawable(token);
        return token;
    }

    /// <summary>Notes a drawn token as part of the output.</summary>
    internal void Accept(int token)
    {
        _adjustment?.Accept(token);
        _selection?.Accept(token);
    }

    public void Dispose()
    {
        _adjustment?.Dispose();
        _selection?.Dispose();
    }

    private static void ThrowUnlessDrawable(int token)
    {
        if (token < 0)
        {
            throw new LocalLlmException("No token can be drawn: the logit bias bans them all, or penalties have made every logit infinite.");
        }
    }
}
