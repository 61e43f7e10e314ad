namespace LocalLlm.Chat.Templating;

/// <summary>A function that every template can call.</summary>
internal sealed class FunctionValue(BuiltIn function) : TemplateValue
{
    internal override string TypeName => "function";

    internal override TemplateValue Call(Evaluation evaluation, Arguments arguments) => function.Invoke(evaluation, arguments);
}
