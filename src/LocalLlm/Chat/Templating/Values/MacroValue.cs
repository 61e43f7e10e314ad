namespace LocalLlm.Chat.Templating;

/// <summary>A macro with the names around it.</summary>
internal sealed class MacroValue(MacroDefinition definition, Scope outer) : TemplateValue
{
    internal override string TypeName => "Macro";

    internal override TemplateValue? Attribute(string name) => name switch
    {
        "name" => definition.Name,
        "arguments" => new TupleValue([.. definition.Parameters.Select(p => (TemplateValue)p.Name)]),
        "catch_kwargs" => definition.UsesNamed,
        "catch_varargs" => definition.UsesRest,
        "caller" => definition.UsesCaller,
        _ => null,
    };

    internal override TemplateValue Call(Evaluation evaluation, Arguments arguments)
    {
        evaluation.Enter();
        Scope scope = new(outer);
        (string Name, TemplateExpression? Default)[] parameters = definition.Parameters;
        evaluation.Work((1 + parameters.Length) * (long)arguments.Named.Length);
        bool hasCallerParameter = false;
        for (int i = 0; i < parameters.Length; i++)
        {
            (string name, TemplateExpression? standard) = parameters[i];
            hasCallerParameter |= name == "caller";
            TemplateValue? value = i < arguments.Positional.Length ? arguments.Positional[i] : arguments.Find(name);
            scope.Set(name, value ?? standard?.Evaluate(evaluation, scope) ?? new UndefinedValue($"parameter '{name}' was not provided."));
        }

        if (definition.UsesCaller && !hasCallerParameter)
        {
            scope.Set("caller", arguments.Find("caller") ?? new UndefinedValue("No caller defined."));
        }

        KeyValuePair<StringValue, TemplateValue>[] rest = [.. arguments.Named.Where(n =>
            !parameters.Skip(arguments.Positional.Length).Any(p => p.Name == n.Key.Text) && !(definition.UsesCaller && n.Key.Text == "caller"))];
        if (definition.UsesNamed)
        {
            scope.Set("kwargs", DictValue.From(rest));
        }
        else if (rest.Length > 0)
        {
            throw new TemplateFault($"macro '{definition.Name}' takes no keyword argument '{rest[0].Key.Text}'.");
        }

        if (definition.UsesRest)
        {
            scope.Set("varargs", new TupleValue([.. arguments.Positional.Skip(parameters.Length)]));
        }
        else if (arguments.Positional.Length > parameters.Length)
        {
            throw new TemplateFault($"macro '{definition.Name}' takes not more than {parameters.Length} argument(s).");
        }

        StringValue text = definition.Body.Capture(evaluation, scope);
        evaluation.Leave();
        return text;
    }
}
