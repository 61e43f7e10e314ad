namespace LocalLlm.Chat.Templating;

/// <summary>Names and their values; what it lacks is looked for in the scope around it.</summary>
internal sealed class Scope(Scope? outer)
{
    private (string Name, TemplateValue Value)[] _names = [];
    private int _count;

    internal TemplateValue? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
        {
            for (int i = 0; i < scope._count; i++)
            {
                if (scope._names[i].Name == name)
                {
                    return scope._names[i].Value;
                }
            }

            if (scope.Variables is not null && scope.Variables.TryGetValue(name, out TemplateValue? value))
            {
                return value;
            }
        }

        return Globals.Find(name);
    }

    internal IReadOnlyDictionary<string, TemplateValue>? Variables { get; init; }

    private Scope? Outer => outer;

    internal void Set(string name, TemplateValue value)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_names[i].Name == name)
            {
                _names[i].Value = value;
                return;
            }
        }

        if (_count == _names.Length)
        {
            Array.Resize(ref _names, Math.Max(4, _count * 2));
        }

        _names[_count++] = (name, value);
    }
}
