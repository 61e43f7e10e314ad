namespace LocalLlm.Chat.Templating;

/// <summary>What a value is assigned to: a name, an attribute of a namespace, or several of these.</summary>
internal sealed class Target(SourcePosition position, string name, string? attribute, Target[]? parts)
{
    private readonly StringValue? _attribute = attribute is null ? null : new StringValue(attribute);

    internal void Assign(Evaluation evaluation, Scope scope, TemplateValue value)
    {
        evaluation.Step(position);
        if (parts is not null)
        {
            IReadOnlyList<TemplateValue> values = (value as SequenceValue)?.Items ?? ListValue.Create(evaluation, value.Iterate()).Items;
            if (values.Count != parts.Length)
            {
                throw new TemplateFault($"{parts.Length} values are expected here, not {values.Count}.");
            }

            for (int i = 0; i < parts.Length; i++)
            {
                parts[i].Assign(evaluation, scope, values[i]);
            }
        }
        else if (_attribute is null)
        {
            scope.Set(name, value);
        }
        else
        {
            NamespaceValue target = scope.Find(name) as NamespaceValue ?? throw new TemplateFault($"'{name}' is not a namespace, so that nothing of it can be set.");
            target.Set(evaluation, _attribute, value);
        }
    }
}
