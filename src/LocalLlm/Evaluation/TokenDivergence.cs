using System.Numerics.Tensors;
using LocalLlm.Inference;

namespace LocalLlm.Evaluation;

/// <summary>How far a model's distribution over one token is from a reference's.</summary>
/// <param name="LogProbability">Of the text's own token, by the model.</param>
/// <param name="ReferenceLogProbability">Of the text's own token, by the reference.</param>
/// <param name="Divergence">Σ p·ln(p/q), p of the reference and q of the model.</param>
/// <param name="HasSameTop">Whether both hold the same token for the likeliest.</param>
internal readonly record struct TokenDivergence(double LogProbability, double ReferenceLogProbability, double Divergence, bool HasSameTop)
{
    /// <summary>Compares two rows of logits.</summary>
    /// <param name="logits">The model's.</param>
    /// <param name="reference">The reference's.</param>
    /// <param name="token">The text's own token.</param>
    internal static TokenDivergence Of(ReadOnlySpan<float> logits, ReadOnlySpan<float> reference, int token)
    {
        LogSoftmax model = new(logits);
        LogSoftmax expected = new(reference);
        double normalization = expected.LogSum - model.LogSum;
        float rounded = (float)normalization;
        Span<float> probabilities = stackalloc float[512];
        Span<float> ratios = stackalloc float[512];
        double divergence = 0;
        for (int start = 0; start < logits.Length; start += probabilities.Length)
        {
            int count = Math.Min(probabilities.Length, logits.Length - start);
            Span<float> p = probabilities[..count];
            Span<float> ratio = ratios[..count];
            TensorPrimitives.Subtract(reference.Slice(start, count), (float)expected.LogSum, p);
            TensorPrimitives.Exp(p, p);
            TensorPrimitives.Subtract(reference.Slice(start, count), logits.Slice(start, count), ratio);
            TensorPrimitives.Subtract(ratio, rounded, ratio);
            // A token that is impossible to the reference counts nothing, whatever it is to the model.
            TensorPrimitives.MaxNumber(ratio, float.MinValue, ratio);
            TensorPrimitives.MinNumber(ratio, float.MaxValue, ratio);
            divergence += TensorPrimitives.Dot(p, ratio);
        }

        // The probabilities add up to 1.
        divergence -= normalization - rounded;
        return new TokenDivergence(model[token], expected[token], divergence, TensorPrimitives.IndexOfMax(logits) == TensorPrimitives.IndexOfMax(reference));
    }
}
