namespace LocalLlm.Chat.Templating;

/// <summary>What stands between the parentheses of a call.</summary>
internal sealed class ArgumentList(TemplateExpression[] positional, KeyValuePair<StringValue, TemplateExpression>[] named, TemplateExpression? spread, TemplateExpression? spreadNamed)
{
    internal static ArgumentList Empty { get; } = new([], [], null, null);

    internal TemplateExpression?[] Parts { get; } = [.. positional, .. named.Select(n => n.Value), spread, spreadNamed];

    internal Arguments Evaluate(Evaluation evaluation, Scope scope, TemplateValue? first = null)
    {
        if (first is null && Parts.Length == 2 && spread is null && spreadNamed is null)
        {
            return Arguments.None;
        }

        Evaluation.EnsureStack();
        int offset = first is null ? 0 : 1;
        TemplateValue[] values = new TemplateValue[positional.Length + offset];
        if (first is not null)
        {
            values[0] = first;
        }

        for (int i = 0; i < positional.Length; i++)
        {
            values[i + offset] = positional[i].Evaluate(evaluation, scope);
        }

        KeyValuePair<StringValue, TemplateValue>[] names = named.Length == 0 ? [] : [.. named.Select(n => KeyValuePair.Create(n.Key, n.Value.Evaluate(evaluation, scope)))];
        if (spread?.Evaluate(evaluation, scope) is { } more)
        {
            values = [.. values, .. ListValue.Create(evaluation, more.Iterate()).Items];
        }

        if (spreadNamed?.Evaluate(evaluation, scope) is { } moreNames)
        {
            DictValue dict = moreNames as DictValue ?? throw new TemplateFault($"argument after ** must be a mapping, not {moreNames.TypeName}.");
            evaluation.Charge(64L * dict.Items.Count);
            names = [.. names, .. dict.Items.Select(i => KeyValuePair.Create(i.Key.AsText("A keyword"), i.Value))];
            if (names.DistinctBy(n => n.Key).Count() != names.Length)
            {
                throw new TemplateFault("A keyword argument is passed twice.");
            }
        }

        return new Arguments(values, names);
    }
}
