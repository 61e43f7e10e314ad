namespace LocalLlm.Chat.Templating;

/// <summary>{% call macro() %}text{% endcall %}: the text is the macro's caller.</summary>
internal sealed class CallBlock(CallExpression call, MacroDefinition caller) : TemplateStatement
{
    internal override Flow Execute(Evaluation evaluation, Scope scope, TextBuilder output)
    {
        call.Evaluate(evaluation, scope, new MacroValue(caller, scope)).WriteText(output);
        return Flow.Next;
    }
}
