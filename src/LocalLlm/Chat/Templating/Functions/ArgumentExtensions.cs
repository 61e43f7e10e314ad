namespace LocalLlm.Chat.Templating;

/// <summary>Reads what was passed to a built-in.</summary>
internal static class ArgumentExtensions
{
    internal static StringValue AsText(this TemplateValue? value, string what) => value switch
    {
        StringValue text => text,
        UndefinedValue undefined => throw undefined.Fault(),
        _ => throw new TemplateFault($"{what} takes a string, not '{value?.TypeName ?? "nothing"}'."),
    };

    internal static int AsInt(this TemplateValue? value, string what, int otherwise) => value is null ? otherwise : (int)Math.Clamp(value.AsLong(what), int.MinValue / 2, int.MaxValue / 2);

    internal static long AsLong(this TemplateValue value, string what) => value switch
    {
        NumberValue { Whole: { } whole } => (long)System.Numerics.BigInteger.Max(System.Numerics.BigInteger.Min(whole, long.MaxValue), long.MinValue),
        UndefinedValue undefined => throw undefined.Fault(),
        _ => throw new TemplateFault($"{what} takes an integer, not '{value.TypeName}'."),
    };

    internal static bool AsBool(this TemplateValue? value, bool otherwise = false) => value?.IsTrue ?? otherwise;

    internal static bool IsGiven(this TemplateValue? value) => value is not (null or NoneValue);
}
