using System.Numerics;

namespace LocalLlm.Chat.Templating;

/// <summary>Python's operators.</summary>
internal static class Operations
{
    internal static TemplateValue Binary(Evaluation evaluation, string symbol, TemplateValue left, TemplateValue right)
    {
        if (symbol == "~")
        {
            return Join(evaluation, left.ToText(evaluation), right.ToText(evaluation), isMarkup: false);
        }

        return symbol switch
        {
            _ when left is NumberValue a && right is NumberValue b => Arithmetic.Apply(evaluation, symbol, a, b),
            "+" when left is StringValue a && right is StringValue b => Join(evaluation, Html.Match(evaluation, a, b), Html.Match(evaluation, b, a), a.IsMarkup || b.IsMarkup),
            "+" when left is SequenceValue a && right is SequenceValue b && a.GetType() == b.GetType() => Join(evaluation, a, b),
            "*" when left is StringValue or SequenceValue && right is NumberValue { Whole: { } times } => Repeat(evaluation, left, times),
            "*" when right is StringValue or SequenceValue && left is NumberValue { Whole: { } times } => Repeat(evaluation, right, times),
            "%" when left is StringValue format => PercentFormat.Apply(evaluation, format, right),
            _ => throw TemplateFault.NotSupported(symbol, left, right),
        };
    }

    internal static bool Compares(string symbol, TemplateValue left, TemplateValue right) => symbol switch
    {
        "==" => left.Equals(right),
        "!=" => !left.Equals(right),
        "in" => right.Contains(left),
        "not in" => !right.Contains(left),
        _ => Order(symbol, left, right) is { } order && symbol switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        },
    };

    /// <summary>The order of two values; null where neither is first (nan).</summary>
    internal static int? Order(string symbol, TemplateValue left, TemplateValue right)
    {
        switch (left, right)
        {
            case (NumberValue a, NumberValue b):
                return a.Compare(b);
            case (StringValue a, StringValue b):
                return a.CompareTo(b);
            case (SequenceValue a, SequenceValue b) when a.GetType() == b.GetType():
                Evaluation.Current?.Work(a.Items.Count);
                Evaluation.EnsureStack();
                for (int i = 0; i < a.Items.Count && i < b.Items.Count; i++)
                {
                    if (!a.Items[i].Equals(b.Items[i]))
                    {
                        return Order(symbol, a.Items[i], b.Items[i]);
                    }
                }

                return a.Items.Count.CompareTo(b.Items.Count);
            default:
                throw TemplateFault.NotSupported(symbol, left, right);
        }
    }

    internal static StringValue Join(Evaluation evaluation, StringValue left, StringValue right, bool isMarkup)
    {
        if (!left.HasContent && !right.HasContent)
        {
            evaluation.Charge(64 + (2L * (left.Text.Length + right.Text.Length)));
            return new StringValue(left.Text + right.Text, [], isMarkup);
        }

        return new TextBuilder(evaluation).Append(left).Append(right).ToValue(isMarkup);
    }

    private static SequenceValue Join(Evaluation evaluation, SequenceValue left, SequenceValue right)
    {
        evaluation.Charge(64 + (8L * (left.Items.Count + right.Items.Count)));
        return left.With([.. left.Items, .. right.Items]);
    }

    private static TemplateValue Repeat(Evaluation evaluation, TemplateValue value, BigInteger times)
    {
        if (times.Sign <= 0)
        {
            return value is SequenceValue sequence ? sequence.With([]) : StringValue.Empty.AsMarkup(((StringValue)value).IsMarkup);
        }

        int length = value is StringValue text ? text.Text.Length : ((SequenceValue)value).Items.Count;
        evaluation.Charge((long)BigInteger.Min(times * length * 8, long.MaxValue / 2));
        if (length == 0)
        {
            return value;
        }

        if (value is SequenceValue items)
        {
            TemplateValue[] all = new TemplateValue[length * (int)times];
            for (int i = 0; i < all.Length; i++)
            {
                all[i] = items.Items[i % length];
            }

            return items.With(all);
        }

        TextBuilder repeated = new(evaluation);
        for (int i = 0; i < (int)times; i++)
        {
            repeated.Append((StringValue)value);
        }

        return repeated.ToValue(((StringValue)value).IsMarkup);
    }
}
