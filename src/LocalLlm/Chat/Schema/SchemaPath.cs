namespace LocalLlm.Chat.Schema;

/// <summary>Places in a schema, such as <c>$.properties.a.anyOf[0]</c>.</summary>
internal static class SchemaPath
{
    internal static string Member(string path, string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '$')
            ? $"{path}.{name}"
            : $"{path}['{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}']";

    internal static string Item(string path, int index) => $"{path}[{index}]";
}
