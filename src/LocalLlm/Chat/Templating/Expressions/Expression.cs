namespace LocalLlm.Chat.Templating;

/// <summary>A part of a template that has a value.</summary>
internal abstract class Expression(Position position, params ReadOnlySpan<Expression?> parts)
{
    internal Position Position => position;

    /// <summary>How deep its parts are nested: they are evaluated recursively.</summary>
    internal int Depth { get; } = Deepest(parts) + 1;

    internal abstract TemplateValue Evaluate(Evaluation evaluation, Scope scope);

    private static int Deepest(ReadOnlySpan<Expression?> parts)
    {
        int deepest = 0;
        foreach (Expression? part in parts)
        {
            deepest = Math.Max(deepest, part?.Depth ?? 0);
        }

        return deepest;
    }
}
