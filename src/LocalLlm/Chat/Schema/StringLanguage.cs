namespace LocalLlm.Chat.Schema;

/// <summary>The strings that keep schemas.</summary>
internal static class StringLanguage
{
    // So far a string is counted where its characters are told apart as well; longer ones are not written.
    private const int MaxCounted = 1000;

    /// <summary>Texts of one line, without the characters of which dialects of regular expressions think differently.</summary>
    internal static TextAutomaton Plain { get; } = Pattern(new TextPattern.Repeated(new TextPattern.OneOf(PatternClasses.AllSpaces.Or(PatternClasses.Controls).Not().Or(UnicodeSet.Of(' '))), 0, null));

    /// <summary>The strings that keep all schemas; null where only their lengths matter.</summary>
    /// <exception cref="NotSupportedException">It takes too many states.</exception>
    internal static TextAutomaton? Of(Conjunction all)
    {
        TextAutomaton? texts = null;
        foreach (SchemaNode node in all.Nodes)
        {
            foreach (TextAutomaton own in node.Texts)
            {
                texts = texts?.Intersect(own, node.Path) ?? own;
            }
        }

        return texts is null ? null : WithLength(texts, all);
    }

    /// <summary>The names of properties that keep all schemas.</summary>
    internal static TextAutomaton OfNames(IReadOnlyList<SchemaNode> schemas)
    {
        string path = schemas[0].Path;
        return SchemaExpansion.Of(schemas).Select(Names).Aggregate((first, second) => first.Complement().Intersect(second.Complement(), path).Complement());

        TextAutomaton Names(Conjunction all) => all.Values() is { } values
            ? Of(values.Where(value => value.ValueKind == System.Text.Json.JsonValueKind.String).Select(value => value.GetString()!), path)
            : all.Kinds.HasFlag(JsonKinds.Text) ? Of(all) ?? WithLength(Pattern(TextPattern.Anything), all) : Of([], path);
    }

    /// <summary>Some texts.</summary>
    internal static TextAutomaton Of(IEnumerable<string> texts, string path)
    {
        TextPattern[] ways = [.. texts.Select(text => new TextPattern.InOrder([.. text.EnumerateRunes().Select(rune => new TextPattern.OneOf(UnicodeSet.Of((rune.Value, rune.Value))))]))];
        return PatternCompiler.Compile(ways.Length > 0 ? new TextPattern.Either(ways) : new TextPattern.OneOf(UnicodeSet.Of()), isWhole: true, path);
    }

    private static TextAutomaton WithLength(TextAutomaton texts, Conjunction all)
    {
        long least = all.Least("minLength");
        long? most = all.Most("maxLength");
        if (least == 0 && (most is null || texts.Longest() <= most))
        {
            return texts;
        }

        if (least > MaxCounted)
        {
            throw TooLong("minLength");
        }

        if (most < least)
        {
            return Of([], "$");
        }

        int? counted = most is null ? null : (int)Math.Min(most.Value, MaxCounted);
        TextAutomaton length = Pattern(new TextPattern.Repeated(new TextPattern.OneOf(UnicodeSet.All), (int)least, counted));
        TextAutomaton kept = texts.Intersect(length, all.Nodes.First(node => node.Has("minLength") || node.Has("maxLength")).Path);
        return kept.IsEmpty && !texts.IsEmpty && most > MaxCounted ? throw TooLong("maxLength") : kept;

        NotSupportedException TooLong(string keyword) =>
            SchemaErrors.Unsupported(all.With(keyword).First().PathOf(keyword), $"Beside a pattern or a format at most {MaxCounted:N0} characters can be asked for.");
    }

    private static TextAutomaton Pattern(TextPattern pattern) => PatternCompiler.Compile(pattern, isWhole: true, "$");
}
