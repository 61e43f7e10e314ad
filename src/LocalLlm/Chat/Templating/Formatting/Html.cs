namespace LocalLlm.Chat.Templating;

/// <summary>Escaping for HTML, which markup asks of what is joined to it.</summary>
internal static class Html
{
    internal static StringValue Escape(Evaluation evaluation, StringValue value)
    {
        if (value.IsMarkup)
        {
            return value;
        }

        if (value.Text.AsSpan().IndexOfAny("&<>'\"") < 0)
        {
            return value.AsMarkup();
        }

        TextBuilder escaped = new(evaluation);
        for (int i = 0; i < value.Text.Length; i++)
        {
            string? entity = value.Text[i] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '\'' => "&#39;",
                '"' => "&#34;",
                _ => null,
            };
            if (entity is null)
            {
                escaped.Append(value, i, 1);
            }
            else
            {
                escaped.Append(entity, value.HasContentIn(i, 1));
            }
        }

        return escaped.ToValue(isMarkup: true);
    }

    /// <summary>The text as it has to be beside another: escaped if that one is markup.</summary>
    internal static StringValue Match(Evaluation evaluation, StringValue value, StringValue other) => other.IsMarkup ? Escape(evaluation, value) : value;
}
