namespace LocalLlm.Chat.Schema;

/// <summary>What stands between the values of JSON. Space is limited: else a model could write it for ever.</summary>
internal static class JsonSyntax
{
    /// <summary>The rule of the space where a line may break.</summary>
    internal static string Gap(GrammarWriter writer) => writer.Once("gap", static _ => "(\" \" | \"\\n\" (\" \"{0,32} | \"\\t\"{1,8}))?");

    internal static string Comma(GrammarWriter writer) => $"\",\" {Gap(writer)}";

    /// <summary>What stands before one of a list, by how many are written.</summary>
    internal static string Before(GrammarWriter writer, int written) => written > 0 ? $"{Comma(writer)} " : "";

    /// <summary>The end of a list, by how many are written.</summary>
    internal static string End(GrammarWriter writer, int written, char close) => written > 0 ? $"{Gap(writer)} \"{close}\"" : $"\"{close}\"";

    /// <summary>The rest of a list, of one kind, and its end.</summary>
    /// <param name="writer">Takes the rules.</param>
    /// <param name="item">One of the kind.</param>
    /// <param name="written">How many are written before.</param>
    /// <param name="least">The least in all.</param>
    /// <param name="most">The most in all, more than are written; null: no limit.</param>
    /// <param name="close">What ends the list.</param>
    internal static string Rest(GrammarWriter writer, string item, int written, long least, long? most, char close)
    {
        int begun = Math.Max(1, written);
        string more = $"{writer.Repeat($"({Comma(writer)} {item})", Math.Max(0, least - begun), most - begun)} {End(writer, 1, close)}";
        return written > 0 ? more
            : least > 0 ? $"{item} {more}"
            : $"({item} {more} | {End(writer, 0, close)})";
    }

    /// <summary>A property's name, with the colon.</summary>
    internal static string Name(string name) => $"{GrammarWriter.Literal(JsonLiteral.Quote(name) + ":")} \" \"?";

    /// <summary>The rule that no text matches: what needs it is never written.</summary>
    internal static string Never(GrammarWriter writer) => writer.Once("never", static rule => rule);
}
