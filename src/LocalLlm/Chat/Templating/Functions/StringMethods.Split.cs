namespace LocalLlm.Chat.Templating;

internal static partial class StringMethods
{
    internal static List<TemplateValue> SplitLines(Evaluation evaluation, StringValue value, bool keepsEnds)
    {
        string text = value.Text;
        List<TemplateValue> lines = [];
        for (int start = 0; start < text.Length;)
        {
            evaluation.Step();
            int end = start;
            while (end < text.Length && !PythonText.IsLineBreak(text[end]))
            {
                end++;
            }

            int next = end < text.Length ? end + (text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1) : end;
            lines.Add(value.Part(evaluation, start, (keepsEnds ? next : end) - start));
            start = next;
        }

        return lines;
    }

    private static List<TemplateValue> Split(Evaluation evaluation, StringValue value, TemplateValue? separator, int most, bool fromEnd)
    {
        IEnumerable<(int Start, int End)> parts = separator.IsGiven()
            ? SplitAt(value.Text, separator.AsText("split()").Text, most, fromEnd)
            : SplitAtSpace(evaluation, value.Text, most, fromEnd);
        List<TemplateValue> split = [];
        foreach ((int start, int end) in parts)
        {
            evaluation.Step();
            split.Add(value.Part(evaluation, start, end - start));
        }

        if (fromEnd)
        {
            split.Reverse();
        }

        return split;
    }

    // In the order in which they are found.
    private static IEnumerable<(int Start, int End)> SplitAt(string text, string separator, int most, bool fromEnd)
    {
        if (separator.Length == 0)
        {
            throw new TemplateFault("empty separator.");
        }

        (int start, int end) = (0, text.Length);
        while (most-- != 0)
        {
            ReadOnlySpan<char> rest = text.AsSpan(start, end - start);
            int at = fromEnd ? rest.LastIndexOf(separator, StringComparison.Ordinal) : rest.IndexOf(separator, StringComparison.Ordinal);
            if (at < 0)
            {
                break;
            }

            at += start;
            if (fromEnd)
            {
                yield return (at + separator.Length, end);
                end = at;
            }
            else
            {
                yield return (start, at);
                start = at + separator.Length;
            }
        }

        yield return (start, end);
    }

    private static IEnumerable<(int Start, int End)> SplitAtSpace(Evaluation evaluation, string text, int most, bool fromEnd)
    {
        List<(int Start, int End)> words = [];
        for (int at = 0; at < text.Length; at++)
        {
            int start = at;
            while (at < text.Length && !PythonText.IsSpace(text[at]))
            {
                at++;
            }

            if (at > start)
            {
                evaluation.Charge(8);
                words.Add((start, at));
            }
        }

        if (most >= 0 && words.Count > most)
        {
            // What is left over is one part, with the spaces at its outer end.
            words = fromEnd ? [(0, words[^(most + 1)].End), .. words[(words.Count - most)..]] : [.. words[..most], (words[most].Start, text.Length)];
        }

        return fromEnd ? Enumerable.Reverse(words) : words;
    }

    private static TupleValue Partition(Evaluation evaluation, StringValue value, StringValue separator, bool fromEnd)
    {
        if (separator.Text.Length == 0)
        {
            throw new TemplateFault("empty separator.");
        }

        int at = fromEnd ? value.Text.LastIndexOf(separator.Text, StringComparison.Ordinal) : value.Text.IndexOf(separator.Text, StringComparison.Ordinal);
        if (at < 0)
        {
            StringValue none = StringValue.Empty.AsMarkup(value.IsMarkup);
            return new TupleValue(fromEnd ? [none, none, value] : [value, none, none]);
        }

        int behind = at + separator.Text.Length;
        return new TupleValue([value.Part(evaluation, 0, at), value.Part(evaluation, at, separator.Text.Length), value.Part(evaluation, behind, value.Text.Length - behind)]);
    }
}
