namespace LocalLlm.Chat.Templating;

/// <summary>{% macro name(parameters) %}text{% endmacro %}.</summary>
internal sealed class MacroDefinition(
    string name, (string Name, TemplateExpression? Default)[] parameters, Block body, bool usesCaller, bool usesNamed, bool usesRest) : TemplateStatement
{
    internal string Name => name;

    internal (string Name, TemplateExpression? Default)[] Parameters => parameters;

    internal Block Body => body;

    internal bool UsesCaller => usesCaller;

    /// <summary>Whether it takes keywords that are no parameters, as kwargs.</summary>
    internal bool UsesNamed => usesNamed;

    /// <summary>Whether it takes more values than it has parameters, as varargs.</summary>
    internal bool UsesRest => usesRest;

    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output)
    {
        evaluation.Charge(256);
        scope.Set(name, new MacroValue(this, scope));
        return Flow.Next;
    }
}
