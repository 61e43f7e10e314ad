namespace LocalLlm.Chat.Schema;

/// <summary>Writes the rules of objects: the properties in the order of the schema, then others.</summary>
internal static class ObjectRules
{
    internal static string Body(ValueRules rules, ObjectShape shape)
    {
        // More properties than this need not be told apart.
        int counted = (int)Math.Min(Math.Max(1, Math.Max(shape.Least, shape.Most ?? 0)), shape.Names.Count + 1);
        int required = shape.Required.Count;

        // What may follow, from the last property to the first, by how many are written before.
        string[] rest = [.. Enumerable.Range(0, counted + 1).Select(written => written < Math.Min(required, counted) || written > shape.Names.Count ? "" : Others(rules, shape, written))];
        for (int i = shape.Names.Count - 1; i >= 0; i--)
        {
            string name = shape.Names[i];
            bool isRequired = shape.Required.Contains(name);
            required -= isRequired ? 1 : 0;
            string member = $"{JsonSyntax.Name(name)} {rules.Of(shape.Member(name), name)}";
            for (int written = Math.Min(required, counted); written <= Math.Min(i, counted); written++)
            {
                string with = shape.Most <= written ? JsonSyntax.Never(rules.Writer) : $"{Comma(rules, written)}{member} {rest[Math.Min(written + 1, counted)]}";
                rest[written] = isRequired ? with : rules.Writer.Define("members", $"{with} | {rest[written]}");
            }
        }

        return $"\"{{\" {JsonSyntax.Gap(rules.Writer)} {rest[0]}";
    }

    // The properties that are not named, with the closing brace.
    private static string Others(ValueRules rules, ObjectShape shape, int written)
    {
        GrammarWriter writer = rules.Writer;
        string end = written > 0 ? $"{JsonSyntax.Gap(writer)} \"}}\"" : "\"}\"";
        if (!shape.IsOpen || shape.Most <= written)
        {
            return shape.Least > written ? JsonSyntax.Never(writer) : end;
        }

        // Two others may have the same name, so that only one is counted.
        if (shape.Least > written + 1)
        {
            return JsonSyntax.Never(writer);
        }

        string other = $"{StringRules.Any(writer)} \":\" \" \"? {rules.Of(shape.Others(), "other")}";
        bool isNeeded = shape.Least > written;
        string more = writer.Repeat($"({JsonSyntax.Comma(writer)} {other})", isNeeded && written > 0 ? 1 : 0, shape.Most - Math.Max(1, written));
        return written > 0 ? $"{more} {end}"
            : isNeeded ? $"{other} {more} {JsonSyntax.Gap(writer)} \"}}\""
            : $"({other} {more} {JsonSyntax.Gap(writer)} \"}}\" | {end})";
    }

    private static string Comma(ValueRules rules, int written) => written > 0 ? $"{JsonSyntax.Comma(rules.Writer)} " : "";
}
