namespace LocalLlm.Chat.Templating;

/// <summary>Python's subscripts by number: negative ones count from the end.</summary>
internal static class ElementIndex
{
    internal static bool TryResolve(TemplateValue key, int count, out int index)
    {
        index = -1;
        if (key is FloatValue || key is not NumberValue { Whole: { } whole } || whole >= count || whole < -count)
        {
            return false;
        }

        index = (int)whole;
        index = index < 0 ? index + count : index;
        return true;
    }
}
