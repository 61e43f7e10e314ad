namespace LocalLlm.Chat.Schema;

/// <summary>Writes the rules of objects: the properties in the order of the schema, then others.</summary>
internal static class ObjectRules
{
    internal static string Body(ValueRules rules, ObjectShape shape)
    {
        // More properties than this need not be told apart.
        int counted = (int)Math.Min(Math.Max(1, Math.Max(shape.Least, shape.Most ?? 0)), shape.Names.Count + 1);
        int required = shape.Required.Count;
        string? other = Other(rules, shape);

        // What may follow, from the last property to the first, by how many are written before.
        string[] rest = [.. Enumerable.Range(0, counted + 1).Select(written => written < Math.Min(required, counted) || written > shape.Names.Count ? "" : Others(rules.Writer, shape, shape.Most <= written ? null : other, written))];
        for (int i = shape.Names.Count - 1; i >= 0; i--)
        {
            string name = shape.Names[i];
            bool isRequired = shape.Required.Contains(name);
            required -= isRequired ? 1 : 0;
            string member = $"{JsonSyntax.Name(name)} {rules.Of(shape.Member(name), name)}";
            int least = Math.Min(required, counted);
            int most = Math.Min(i, counted);
            member = most > least ? rules.Writer.Define("member", member) : member;
            for (int written = least; written <= most; written++)
            {
                string with = shape.Most <= written ? JsonSyntax.Never(rules.Writer) : $"{JsonSyntax.Before(rules.Writer, written)}{member} {rest[Math.Min(written + 1, counted)]}";
                rest[written] = isRequired ? with : rules.Writer.Define("members", $"{with} | {rest[written]}");
            }
        }

        return $"\"{{\" {JsonSyntax.Gap(rules.Writer)} {rest[0]}";
    }

    // The rule of a property that is not named; null where there is none.
    private static string? Other(ValueRules rules, ObjectShape shape)
    {
        string[] ways = [.. shape.Others().Select(other => $"{Name(rules.Writer, other.Names)} \":\" \" \"? {rules.Of(other.Schemas, "other")}")];
        return ways.Length > 0 ? rules.Writer.Define("other", string.Join(" | ", ways)) : null;
    }

    // The properties that are not named, with the closing brace.
    private static string Others(GrammarWriter writer, ObjectShape shape, string? other, int written)
    {
        // Two others may have the same name, so that only one is counted.
        if (shape.Least > written + (other is null ? 0 : 1))
        {
            return JsonSyntax.Never(writer);
        }

        return other is null ? JsonSyntax.End(writer, written, '}') : JsonSyntax.Rest(writer, other, written, shape.Least, shape.Most, '}');
    }

    private static string Name(GrammarWriter writer, TextAutomaton? names) => names is null ? StringRules.Any(writer) : StringRules.Of(writer, names);
}
