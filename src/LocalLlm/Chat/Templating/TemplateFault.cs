namespace LocalLlm.Chat.Templating;

/// <summary>An operation of a template failed; the place is added where it is caught.</summary>
internal sealed class TemplateFault(string message) : Exception(message)
{
    /// <summary>The template's own words, where it refused the conversation by raise_exception.</summary>
    internal string? Refusal { get; init; }

    internal static TemplateFault NotSupported(string operation, TemplateValue left, TemplateValue right)
    {
        TemplateFault? undefined = (left as UndefinedValue ?? right as UndefinedValue)?.Fault();
        return undefined ?? new TemplateFault($"'{operation}' is not supported between '{left.TypeName}' and '{right.TypeName}'.");
    }
}
