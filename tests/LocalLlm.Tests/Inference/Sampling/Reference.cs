namespace LocalLlm.Tests.Inference.Sampling;

/// <summary>The samplers' definitions, written down plainly.</summary>
internal static class Reference
{
    internal static double[] Softmax(IEnumerable<double> logits)
    {
        double[] values = [.. logits];
        double max = values.Max();
        double sum = values.Sum(value => Math.Exp(value - max));
        return [.. values.Select(value => Math.Exp(value - max) / sum)];
    }

    internal static double[] Softmax(float[] logits) => Softmax(logits.Select(logit => (double)logit));

    internal static IEnumerable<int> TopK(float[] logits, int k) => Descending(logits).Take(k);

    internal static IEnumerable<int> TopP(float[] logits, double p) => Until(Descending(logits), Softmax(logits), p);

    internal static IEnumerable<int> MinP(float[] logits, double p)
    {
        double[] probabilities = Softmax(logits);
        return Tokens(logits).Where(token => probabilities[token] >= p * probabilities.Max());
    }

    internal static IEnumerable<int> TopNSigma(float[] logits, double n)
    {
        double[] finite = [.. logits.Where(float.IsFinite).Select(logit => (double)logit)];
        double mean = finite.Average();
        double deviation = Math.Sqrt(finite.Average(logit => (logit - mean) * (logit - mean)));
        return Tokens(logits).Where(token => logits[token] >= finite.Max() - (n * deviation));
    }

    internal static IEnumerable<int> Typical(float[] logits, double p)
    {
        double[] probabilities = Softmax(logits);
        double entropy = -probabilities.Sum(probability => probability == 0 ? 0 : probability * Math.Log(probability));
        return Until(Tokens(logits).OrderBy(token => Math.Abs(-Math.Log(probabilities[token]) - entropy)), probabilities, p);
    }

    internal static double DynamicTemperature(double[] logits, double lowest, double highest, double exponent)
    {
        double[] probabilities = Softmax(logits);
        double entropy = -probabilities.Sum(probability => probability * Math.Log(probability));
        return lowest + ((highest - lowest) * Math.Pow(entropy / Math.Log(logits.Length), exponent));
    }

    /// <summary>What DRY takes off each token's logit, without sequence breakers.</summary>
    internal static Dictionary<int, double> Dry(IReadOnlyList<int> context, DryOptions dry)
    {
        int[] text = [.. context.TakeLast(dry.Window)];
        Dictionary<int, double> penalties = [];
        for (int at = 1; at < text.Length; at++)
        {
            int length = 0;
            while (length < at && text[at - 1 - length] == text[text.Length - 1 - length])
            {
                length++;
            }

            if (length >= dry.AllowedLength)
            {
                double penalty = dry.Multiplier * Math.Pow(dry.Base, length - dry.AllowedLength);
                penalties[text[at]] = Math.Max(penalty, penalties.GetValueOrDefault(text[at]));
            }
        }

        return penalties;
    }

    // 99.9 % of all samples of a true hypothesis are below it (Wilson and Hilferty's approximation).
    internal static void AssertDistribution(double[] expected, int[] counts)
    {
        const double z = 3.09;
        double freedom = expected.Length - 1;
        double limit = freedom * Math.Pow(1 - (2 / (9 * freedom)) + (z * Math.Sqrt(2 / (9 * freedom))), 3);
        int draws = counts.Sum();
        double chiSquare = expected.Select((probability, token) => Math.Pow(counts[token] - (probability * draws), 2) / (probability * draws)).Sum();
        Assert.True(chiSquare < limit, $"χ² is {chiSquare}, of which {limit} is the limit: {string.Join(' ', counts)}");
    }

    private static IEnumerable<int> Tokens(float[] logits) => Enumerable.Range(0, logits.Length).Where(token => float.IsFinite(logits[token]));

    private static IOrderedEnumerable<int> Descending(float[] logits) => Tokens(logits).OrderByDescending(token => logits[token]);

    private static IEnumerable<int> Until(IEnumerable<int> order, double[] probabilities, double p)
    {
        double sum = 0;
        foreach (int token in order)
        {
            yield return token;
            if ((sum += probabilities[token]) >= p)
            {
                yield break;
            }
        }
    }
}
