namespace LocalLlm.Chat.Templating;

/// <summary>A part of a template that has a value.</summary>
internal abstract class TemplateExpression(SourcePosition position, params ReadOnlySpan<TemplateExpression?> parts)
{
    internal SourcePosition Position => position;

    /// <summary>How deep its parts are nested: they are evaluated recursively.</summary>
    internal int Depth { get; } = Deepest(parts) + 1;

    internal abstract TemplateValue Evaluate(Evaluation evaluation, Scope scope);

    private static int Deepest(ReadOnlySpan<TemplateExpression?> parts)
    {
        int deepest = 0;
        foreach (TemplateExpression? part in parts)
        {
            deepest = Math.Max(deepest, part?.Depth ?? 0);
        }

        return deepest;
    }
}
