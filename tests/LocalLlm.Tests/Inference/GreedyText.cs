namespace LocalLlm.Tests.Inference;

/// <summary>
/// Compares greedy tokens that were computed in different batches. Logits differ by a little then, so the comparison
/// holds up to the first position where the two best logits are almost equal (T15).
/// </summary>
internal static class GreedyText
{
    internal const float Tie = 0.05f;

    internal static void AssertEqual(BareModel model, IReadOnlyList<int> prompt, IReadOnlyList<int> expected, IReadOnlyList<int> actual, float tie = Tie)
    {
        int same = expected.Zip(actual).TakeWhile(pair => pair.First == pair.Second).Count();
        if (same < Math.Max(expected.Count, actual.Count))
        {
            float gap = model.GapAfter(prompt.Concat(expected.Take(same)));
            Assert.True(gap < tie, $"Token {same} differs, though the best two logits are {gap} apart.\nPrompt: {string.Join(' ', prompt)}\nExpected: {string.Join(' ', expected)}\nActual: {string.Join(' ', actual)}");
        }
    }
}
