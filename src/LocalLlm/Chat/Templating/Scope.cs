namespace LocalLlm.Chat.Templating;

/// <summary>Names and their values; what it lacks is looked for in the scope around it.</summary>
internal sealed class Scope
{
    // Few names are found faster one by one.
    private const int MaxListed = 16;

    private readonly Scope? _outer;
    private readonly IReadOnlyDictionary<string, TemplateValue>? _variables;
    private (string Name, TemplateValue Value)[] _listed = [];
    private int _count;
    private Dictionary<string, TemplateValue>? _more;

    internal Scope(Scope outer) => _outer = outer;

    /// <summary>The outermost scope.</summary>
    internal Scope(IReadOnlyDictionary<string, TemplateValue> variables) => _variables = variables;

    internal TemplateValue? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope._outer)
        {
            if (scope.IndexOf(name) is >= 0 and int index)
            {
                return scope._listed[index].Value;
            }

            if ((scope._more is not null && scope._more.TryGetValue(name, out TemplateValue? value))
                || (scope._variables is not null && scope._variables.TryGetValue(name, out value)))
            {
                return value;
            }
        }

        return Globals.Find(name);
    }

    internal void Set(string name, TemplateValue value)
    {
        if (IndexOf(name) is >= 0 and int index)
        {
            _listed[index].Value = value;
        }
        else if (_count == MaxListed)
        {
            (_more ??= new(StringComparer.Ordinal))[name] = value;
        }
        else
        {
            if (_count == _listed.Length)
            {
                Array.Resize(ref _listed, Math.Max(4, _count * 2));
            }

            _listed[_count++] = (name, value);
        }
    }

    private int IndexOf(string name)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_listed[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }
}
