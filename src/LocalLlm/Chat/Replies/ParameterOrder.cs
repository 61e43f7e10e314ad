namespace LocalLlm.Chat.Replies;

/// <summary>Writes a function's arguments, each at most once and the required ones in any case, in any order; where there are too many for that, in theirs.</summary>
internal static class ParameterOrder
{
    // Each set of those that stand there already is a rule.
    private const int MostInAnyOrder = 5;

    /// <returns>The name of the rule.</returns>
    internal static string Write(ReplyGrammarWriter grammar, string name, string separator, IReadOnlyList<(string Rule, bool IsRequired)> parameters)
    {
        int[] counted = [.. Enumerable.Range(0, parameters.Count).Where(i => parameters.Count <= MostInAnyOrder || parameters[i].IsRequired)];
        return counted.Length <= MostInAnyOrder ? InAnyOrder(grammar, name, separator, parameters, counted) : InOrder(grammar, name, separator, parameters);
    }

    private static string InAnyOrder(ReplyGrammarWriter grammar, string name, string separator, IReadOnlyList<(string Rule, bool IsRequired)> parameters, int[] counted)
    {
        // Twice: nothing stands before the first.
        string[] rules = [.. Enumerable.Range(0, 2 << counted.Length).Select(_ => grammar.Rules.Declare(name))];
        for (int state = 0; state < rules.Length; state++)
        {
            (int set, bool isFirst) = (state >> 1, (state & 1) == 0);
            List<string> choices = [];
            for (int i = 0; i < parameters.Count; i++)
            {
                int bit = Array.IndexOf(counted, i);
                if (bit < 0 || (set & (1 << bit)) == 0)
                {
                    int next = (bit < 0 ? set : set | (1 << bit)) << 1;
                    choices.Add($"{(isFirst ? "" : separator)} {parameters[i].Rule} {rules[next | 1]}".Trim());
                }
            }

            if (counted.Select((parameter, bit) => !parameters[parameter].IsRequired || (set & (1 << bit)) != 0).All(isThere => isThere))
            {
                choices.Add("\"\"");
            }

            grammar.Rules.Complete(rules[state], choices.Count > 0 ? string.Join(" | ", choices) : "\"\"");
        }

        return rules[0];
    }

    private static string InOrder(ReplyGrammarWriter grammar, string name, string separator, IReadOnlyList<(string Rule, bool IsRequired)> parameters)
    {
        (string first, string later) = ("\"\"", "\"\"");
        for (int i = parameters.Count - 1; i >= 0; i--)
        {
            string left = grammar.Rules.Define(name, $"{parameters[i].Rule} {later}" + (parameters[i].IsRequired ? "" : $" | {first}"));
            later = grammar.Rules.Define(name, $"{separator} {parameters[i].Rule} {later}".Trim() + (parameters[i].IsRequired ? "" : $" | {later}"));
            first = left;
        }

        return first;
    }
}
