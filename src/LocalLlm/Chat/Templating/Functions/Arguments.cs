namespace LocalLlm.Chat.Templating;

/// <summary>What a call passes.</summary>
internal sealed class Arguments(TemplateValue[] positional, KeyValuePair<StringValue, TemplateValue>[] named)
{
    internal static Arguments None { get; } = new([], []);

    internal TemplateValue[] Positional => positional;

    /// <summary>Keywords that are spread from a dict may be content.</summary>
    internal KeyValuePair<StringValue, TemplateValue>[] Named => named;

    internal Arguments Prepend(TemplateValue first) => new([first, .. positional], named);

    internal Arguments Without(int count) => new(positional[count..], named);

    internal TemplateValue? Find(string name)
    {
        foreach ((StringValue key, TemplateValue value) in named)
        {
            if (key.Text == name)
            {
                return value;
            }
        }

        return null;
    }
}
