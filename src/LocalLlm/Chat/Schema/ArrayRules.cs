namespace LocalLlm.Chat.Schema;

/// <summary>Writes the rules of arrays.</summary>
internal static class ArrayRules
{
    internal static string Body(ValueRules rules, ArrayShape shape)
    {
        shape.Check();
        if (shape.Most < shape.Least)
        {
            return JsonSyntax.Never(rules.Writer);
        }

        string rest = Others(rules, shape);
        for (int i = shape.Prefix - 1; i >= 0; i--)
        {
            string more = $"{JsonSyntax.Before(rules.Writer, i)}{rules.Of(shape.Item(i), "item")} {rest}";
            string end = JsonSyntax.End(rules.Writer, i, ']');
            rest = shape.Most <= i ? end
                : i < shape.Least ? more
                : rules.Writer.Define("items", $"{more} | {end}");
        }

        return $"\"[\" {JsonSyntax.Gap(rules.Writer)} {rest}";
    }

    // What follows the items that have schemas of their own, with the closing bracket.
    private static string Others(ValueRules rules, ArrayShape shape) => shape.Most <= shape.Prefix
        ? JsonSyntax.End(rules.Writer, shape.Prefix, ']')
        : JsonSyntax.Rest(rules.Writer, rules.Of(shape.Item(shape.Prefix), "item"), shape.Prefix, shape.Least, shape.Most, ']');
}
