namespace LocalLlm.Chat.Templating;

/// <summary>A function, filter, test or method that is not a template's own.</summary>
internal sealed class BuiltIn
{
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
        if (_free is not null)
        {
            evaluation.Work(1 + WorkOf(arguments.Positional));
            return _free(evaluation, arguments);
        }

        TemplateValue?[] values = Bind(arguments);
        evaluation.Work(1 + WorkOf(values));
        return _bound!(evaluation, values);
    }

    // At most: one value is gone through, or looked for in another.
    private static long WorkOf(ReadOnlySpan<TemplateValue?> values)
    {
        long work = 0;
        foreach (TemplateValue? value in values)
        {
            work += value switch
            {
                StringValue text => text.Text.Length,
                // Elements are compared, characters in vectors.
                SequenceValue or DictValue => value.Count!.Value * 8,
                _ => 0,
            };
        }

        work /= Evaluation.CharsPerStep;
        return values is [StringValue whole, StringValue part, ..] ? work + Evaluation.StepsOfSearch(whole.Text, part.Text) : work;
    }

    private TemplateValue?[] Bind(Arguments arguments)
    {
        if (arguments.Positional.Length > _parameters.Length)
        {
            throw new TemplateFault($"{Name}() takes {_parameters.Length} arguments at most.");
        }

        TemplateValue?[] values = new TemplateValue?[_parameters.Length];
        arguments.Positional.CopyTo(values, 0);
        foreach ((StringValue name, TemplateValue value) in arguments.Named)
        {
            int index = Array.IndexOf(_parameters, name.Text);
            if (index < 0 || values[index] is not null)
            {
                throw new TemplateFault($"{Name}() got an unexpected argument '{name.Text}'.");
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
