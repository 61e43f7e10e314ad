namespace LocalLlm.Chat.Templating;

/// <summary>Python's sort: equal elements keep their order, also in reverse. It stands an order that is none, as that of nan.</summary>
internal static class StableSort
{
    internal static T[] By<T>(Func<T, TemplateValue> key, IReadOnlyCollection<T> items, bool isReverse)
    {
        Evaluation.Current?.Charge(48L * items.Count);
        (TemplateValue Key, T Item)[] sorted = [.. items.Select(i => (key(i), i))];
        (TemplateValue Key, T Item)[] merged = new (TemplateValue, T)[sorted.Length];
        for (int run = 1; run < sorted.Length; run *= 2)
        {
            for (int start = 0; start < sorted.Length; start += 2 * run)
            {
                int middle = Math.Min(start + run, sorted.Length);
                int end = Math.Min(middle + run, sorted.Length);
                (int left, int right) = (start, middle);
                for (int i = start; i < end; i++)
                {
                    bool takesRight = left == middle || (right < end && IsBefore(sorted[right].Key, sorted[left].Key, isReverse));
                    merged[i] = sorted[takesRight ? right++ : left++];
                }
            }

            (sorted, merged) = (merged, sorted);
        }

        return Array.ConvertAll(sorted, s => s.Item);
    }

    private static bool IsBefore(TemplateValue a, TemplateValue b, bool isReverse)
    {
        Evaluation.Current?.Step();
        return isReverse ? Operations.Order("<", b, a) < 0 : Operations.Order("<", a, b) < 0;
    }
}
