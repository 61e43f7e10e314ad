namespace LocalLlm.Chat.Templating;

/// <summary>What a call passes.</summary>
internal sealed class Arguments(TemplateValue[] positional, KeyValuePair<string, TemplateValue>[] named)
{
    internal static Arguments None { get; } = new([], []);

    internal TemplateValue[] Positional => positional;

    internal KeyValuePair<string, TemplateValue>[] Named => named;

    internal Arguments Prepend(TemplateValue first) => new([first, .. positional], named);

    internal Arguments Without(int count) => new(positional[count..], named);

    internal TemplateValue? Find(string name)
    {
        foreach ((string key, TemplateValue value) in named)
        {
            if (key == name)
            {
                return value;
            }
        }

        return null;
    }
}
