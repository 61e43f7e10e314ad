using LocalLlm.Chat.Templating;
using System.Globalization;

namespace LocalLlm.Chat.Schema;

/// <summary>Writes the rules of strings.</summary>
internal static class StringRules
{
    private const int LastControl = 0x1F;

    private static readonly UnicodeSet Escaped = UnicodeSet.Of((0, LastControl), ('"', '"'), ('\\', '\\'));

    /// <summary>The rule of any string.</summary>
    internal static string Any(GrammarWriter writer) => writer.Once("string", _ => $"\"\\\"\" {Character(writer)}* \"\\\"\"");

    internal static string Body(GrammarWriter writer, Conjunction all)
    {
        if (StringLanguage.Of(all) is { } texts)
        {
            return Of(writer, texts);
        }

        long least = all.Least("minLength");
        long? most = all.Most("maxLength");
        return least == 0 && most is null ? Any(writer)
            : most < least ? JsonSyntax.Never(writer)
            : $"\"\\\"\" {writer.Repeat(Character(writer), least, most)} \"\\\"\"";
    }

    /// <summary>Whether it is certain that no string keeps all schemas.</summary>
    internal static bool IsEmpty(Conjunction all) => all.Most("maxLength") < all.Least("minLength") || StringLanguage.Of(all) is { IsEmpty: true };

    internal static bool IsValid(SchemaNode schema, string text) =>
        text.EnumerateRunes().Count() is var length
        && !(length < schema.Count("minLength"))
        && !(length > schema.Count("maxLength"))
        && schema.Texts.All(texts => texts.Contains(text));

    /// <summary>The rule of a set of strings.</summary>
    internal static string Of(GrammarWriter writer, TextAutomaton texts) => texts.IsEmpty ? JsonSyntax.Never(writer) : writer.Once(texts, "text", _ => Body(writer, texts));

    // A rule for each state, which ends with the closing quote.
    private static string Body(GrammarWriter writer, TextAutomaton texts)
    {
        string[] rules = [.. Enumerable.Range(0, texts.Count).Select(_ => writer.Declare("text-rest"))];
        for (int state = 0; state < texts.Count; state++)
        {
            IEnumerable<string> ways = texts.From(state).Select(edge => $"{Write(writer, edge.Characters)} {rules[edge.Target]}");
            string body = string.Join(" | ", texts.Ends(state) ? ways.Append("\"\\\"\"") : ways);

            // Some states no text goes through.
            writer.Complete(rules[state], body.Length > 0 ? body : rules[state]);
        }

        return $"\"\\\"\" {rules[0]}";
    }

    // One code point; halves of a surrogate pair only together.
    private static string Character(GrammarWriter writer) => writer.Once(
        "character",
        static _ => """[^"\\\x00-\x1F] | "\\" (["\\/bfnrt] | "u" ([0-9A-CE-Fa-ce-f] [0-9A-Fa-f]{3} | [Dd] [0-7] [0-9A-Fa-f]{2} | [Dd] [89ABab] [0-9A-Fa-f]{2} "\\u" [Dd] [C-Fc-f] [0-9A-Fa-f]{2}))""");

    // A character of some, as JSON writes it.
    private static string Write(GrammarWriter writer, UnicodeSet characters)
    {
        if (characters.Not().IsEmpty)
        {
            return Character(writer);
        }

        UnicodeSet plain = characters.Except(Escaped);
        string[] escaped = [.. characters.Except(plain).Ranges.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1)).Select(c => GrammarWriter.Literal(JsonText.Escape(c)))];
        string group = $"[{string.Concat(plain.Ranges.Select(range => range.First == range.Last ? Write(range.First) : $"{Write(range.First)}-{Write(range.Last)}"))}]";
        return escaped.Length == 0 ? group
            : plain.IsEmpty && escaped.Length == 1 ? escaped[0]
            : writer.Define("characters", string.Join(" | ", plain.IsEmpty ? escaped : [group, .. escaped]));
    }

    private static string Write(int character) => character switch
    {
        < 0x80 when char.IsAsciiLetterOrDigit((char)character) => ((char)character).ToString(),
        < 0x10000 => string.Create(CultureInfo.InvariantCulture, $"\\u{character:X4}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\U{character:X8}"),
    };
}
