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
            string more = $"{Comma(rules, i)}{rules.Of(shape.Item(i), "item")} {rest}";
            string end = End(rules, i);
            rest = shape.Most <= i ? end
                : i < shape.Least ? more
                : rules.Writer.Define("items", $"{more} | {end}");
        }

        return $"\"[\" {JsonSyntax.Gap(rules.Writer)} {rest}";
    }

    // What follows the items that have schemas of their own, with the closing bracket.
    private static string Others(ValueRules rules, ArrayShape shape)
    {
        int written = shape.Prefix;
        string end = End(rules, written);
        if (shape.Most <= written)
        {
            return end;
        }

        string item = rules.Of(shape.Item(written), "item");
        long least = Math.Max(0, shape.Least - Math.Max(1, written));
        long? most = shape.Most - Math.Max(1, written);
        string more = rules.Writer.Repeat($"({Comma(rules, 1)}{item})", least, most);
        return written > 0 ? $"{more} {end}"
            : shape.Least > 0 ? $"{item} {more} {End(rules, 1)}"
            : $"({item} {more} {End(rules, 1)} | {end})";
    }

    private static string Comma(ValueRules rules, int written) => written > 0 ? $"{JsonSyntax.Comma(rules.Writer)} " : "";

    private static string End(ValueRules rules, int written) => written > 0 ? $"{JsonSyntax.Gap(rules.Writer)} \"]\"" : "\"]\"";
}
