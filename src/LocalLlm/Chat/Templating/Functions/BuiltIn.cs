namespace LocalLlm.Chat.Templating;

/// <summary>A function, filter, test or method that is not a template's own.</summary>
internal sealed class BuiltIn
{
    private const int CharsPerStep = 64;

    private readonly string[] _parameters = [];
    private readonly int _required;
    private readonly Func<Evaluation, TemplateValue?[], TemplateValue>? _bound;
    private readonly Func<Evaluation, Arguments, TemplateValue>? _free;

    /// <param name="name">What templates call it.</param>
    /// <param name="parameters">Its parameters, divided by spaces; an optional one ends in '?'.</param>
    /// <param name="function">Gets a value per parameter, null where none was passed.</param>
    internal BuiltIn(string name, string parameters, Func<Evaluation, TemplateValue?[], TemplateValue> function)
    {
        Name = name;
        string[] declared = parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _required = declared.Count(p => !p.EndsWith('?'));
        _parameters = [.. declared.Select(p => p.TrimEnd('?'))];
        _bound = function;
    }

    /// <param name="name">What templates call it.</param>
    /// <param name="function">Takes any arguments.</param>
    internal BuiltIn(string name, Func<Evaluation, Arguments, TemplateValue> function)
    {
        Name = name;
        _free = function;
    }

    internal string Name { get; }

    internal TemplateValue Invoke(Evaluation evaluation, Arguments arguments)
    {
        evaluation.Work(1 + (arguments.Positional.Length > 0 && arguments.Positional[0] is StringValue text ? text.Text.Length / CharsPerStep : 0));
        return _free is not null ? _free(evaluation, arguments) : _bound!(evaluation, Bind(arguments));
    }

    private TemplateValue?[] Bind(Arguments arguments)
    {
        if (arguments.Positional.Length > _parameters.Length)
        {
            throw new TemplateFault($"{Name}() takes {_parameters.Length} arguments at most.");
        }

        TemplateValue?[] values = new TemplateValue?[_parameters.Length];
        arguments.Positional.CopyTo(values, 0);
        foreach ((string name, TemplateValue value) in arguments.Named)
        {
            int index = Array.IndexOf(_parameters, name);
            if (index < 0 || values[index] is not null)
            {
                throw new TemplateFault($"{Name}() got an unexpected argument '{name}'.");
            }

            values[index] = value;
        }

        for (int i = 0; i < _required; i++)
        {
            if (values[i] is null)
            {
                throw new TemplateFault($"{Name}() is missing its argument '{_parameters[i]}'.");
            }
        }

        return values;
    }
}
