namespace LocalLlm.Chat.Schema;

/// <summary>What stands between the values of JSON. Space is limited: else a model could write it for ever.</summary>
internal static class JsonSyntax
{
    /// <summary>The rule of the space where a line may break.</summary>
    internal static string Gap(GrammarWriter writer) => writer.Once("gap", static _ => "(\" \" | \"\\n\" (\" \"{0,32} | \"\\t\"{1,8}))?");

    internal static string Comma(GrammarWriter writer) => $"\",\" {Gap(writer)}";

    /// <summary>A property's name, with the colon.</summary>
    internal static string Name(string name) => $"{GrammarWriter.Literal(JsonLiteral.Quote(name) + ":")} \" \"?";

    /// <summary>The rule that no text matches: what needs it is never written.</summary>
    internal static string Never(GrammarWriter writer) => writer.Once("never", static rule => rule);
}
