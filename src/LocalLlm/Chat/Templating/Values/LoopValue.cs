namespace LocalLlm.Chat.Templating;

/// <summary>The variable "loop". Elements are taken only as far as the template looks.</summary>
internal sealed class LoopValue : TemplateValue
{
    private static readonly BuiltIn Cycle = new("cycle", static (_, a) => a.Positional.Length > 1
        ? a.Positional[1 + (((LoopValue)a.Positional[0])._index % (a.Positional.Length - 1))]
        : throw new TemplateFault("no items for cycling given."));

    private static readonly BuiltIn Changed = new("changed", static (_, a) => ((LoopValue)a.Positional[0]).HasChanged(new TupleValue(a.Positional[1..])));

    private readonly Evaluation _evaluation;
    private readonly IEnumerator<TemplateValue> _source;
    private readonly List<TemplateValue> _taken = [];
    private readonly int _depth;
    private readonly (ForStatement Loop, Scope Scope)? _recursion;
    private int _index = -1;
    private TupleValue? _lastChecked;

    internal LoopValue(Evaluation evaluation, IEnumerable<TemplateValue> elements, int depth, (ForStatement Loop, Scope Scope)? recursion)
    {
        _evaluation = evaluation;
        _source = elements.GetEnumerator();
        _depth = depth;
        _recursion = recursion;
    }

    internal override string TypeName => "LoopContext";

    internal override int? Count
    {
        get
        {
            while (Has(_taken.Count))
            {
                _evaluation.Step();
            }

            return _taken.Count;
        }
    }

    internal TemplateValue Current => _taken[_index];

    internal bool IsEmpty => _taken.Count == 0;

    internal bool MoveNext() => Has(++_index);

    internal override TemplateValue? Attribute(string name) => name switch
    {
        "index" => (long)_index + 1,
        "index0" => (long)_index,
        "revindex" => (long)Count!.Value - _index,
        "revindex0" => (long)Count!.Value - _index - 1,
        "first" => _index == 0,
        "last" => !Has(_index + 1),
        "length" => (long)Count!.Value,
        "depth" => (long)_depth + 1,
        "depth0" => (long)_depth,
        "previtem" => _index > 0 ? _taken[_index - 1] : new UndefinedValue("there is no previous item."),
        "nextitem" => Has(_index + 1) ? _taken[_index + 1] : new UndefinedValue("there is no next item."),
        "cycle" => new BoundMethod(this, Cycle),
        "changed" => new BoundMethod(this, Changed),
        _ => null,
    };

    internal override TemplateValue Call(Evaluation evaluation, Arguments arguments)
    {
        if (_recursion is not { } recursion || arguments.Positional.Length != 1)
        {
            throw new TemplateFault("Only a recursive loop can be called, with what it is to go through.");
        }

        evaluation.Enter();
        TextBuilder text = new(evaluation);
        recursion.Loop.Run(evaluation, recursion.Scope, arguments.Positional[0], _depth + 1, text);
        evaluation.Leave();
        return text.ToValue();
    }

    private bool Has(int index)
    {
        while (_taken.Count <= index)
        {
            if (!_source.MoveNext())
            {
                return false;
            }

            _evaluation.Charge(8);
            _taken.Add(_source.Current);
        }

        return true;
    }

    private bool HasChanged(TupleValue values)
    {
        bool hasChanged = !values.Equals(_lastChecked);
        _lastChecked = values;
        return hasChanged;
    }
}
