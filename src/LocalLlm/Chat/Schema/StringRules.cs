namespace LocalLlm.Chat.Schema;

/// <summary>Writes the rules of strings.</summary>
internal static class StringRules
{
    /// <summary>The rule of any string.</summary>
    internal static string Any(GrammarWriter writer) => writer.Once("string", _ => $"\"\\\"\" {Character(writer)}* \"\\\"\"");

    internal static string Body(GrammarWriter writer, Conjunction all)
    {
        all.Refuse("pattern", "Not yet.");
        long least = all.Least("minLength");
        long? most = all.Most("maxLength");
        return least == 0 && most is null ? Any(writer)
            : most < least ? JsonSyntax.Never(writer)
            : $"\"\\\"\" {writer.Repeat(Character(writer), least, most)} \"\\\"\"";
    }

    /// <summary>Whether it is certain that no string keeps all schemas.</summary>
    internal static bool IsEmpty(Conjunction all) => all.Most("maxLength") < all.Least("minLength");

    internal static bool IsValid(Conjunction all, string text) =>
        text.EnumerateRunes().Count() is var length && length >= all.Least("minLength") && !(length > all.Most("maxLength"));

    // One code point; halves of a surrogate pair only together.
    private static string Character(GrammarWriter writer) => writer.Once(
        "character",
        static _ => """[^"\\\x00-\x1F] | "\\" (["\\/bfnrt] | "u" ([0-9A-CE-Fa-ce-f] [0-9A-Fa-f]{3} | [Dd] [0-7] [0-9A-Fa-f]{2} | [Dd] [89ABab] [0-9A-Fa-f]{2} "\\u" [Dd] [C-Fc-f] [0-9A-Fa-f]{2}))""");
}
