namespace LocalLlm.Chat.Templating;

/// <summary>A method of a value, not yet called.</summary>
internal sealed class BoundMethod(TemplateValue target, BuiltIn method) : TemplateValue
{
    internal override string TypeName => "builtin_function_or_method";

    internal override TemplateValue Call(Evaluation evaluation, Arguments arguments) => method.Invoke(evaluation, arguments.Prepend(target));
}
