using System.Text;
using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference;

public sealed class GrammarTests
{
    public static TheoryData<string> Valid => new(
        "root ::= \"yes\" | \"no\"",
        "# a comment\r\nroot ::= a b # another\r\na ::= \"a\"\r\nb ::= [b-d]\r\n",
        "root ::=\n  \"a\" |\n  \"b\"",
        "root ::= (\n  \"a\"\n  | \"b\" # in a group\n)",
        "root ::= \"\"",
        "root ::= \"a\" |",
        "root ::= \"\\x41\\u00e9\\U0001F600\\n\\t\\r\\\\\\\"\\[\\]\\-\"",
        "root ::= [^\"\\\\\\x7F\\x00-\\x1F] [a-] [-a] [\\]] [+--] .",
        "root ::= \"é模😀\" [à-ü]*",
        "root ::= \"a\"* \"b\"+ \"c\"? \"d\"{3} \"e\"{2,} \"f\"{ 2 , 5 } \"g\"{0} \"h\"{1,99999999999999999999}",
        "root ::= \"x\"{1999}",
        "root ::= [0-9]{2}{3}",
        "root ::= (\"a\"?)? \"b\"{0,1}",
        "root ::= \"x\" root | \"y\"",
        "root ::= <[1]> !<[2]>* <[3]> .*",
        "root ::= item (\",\" item)*\nitem ::= [a-z]+ | \"(\" root \")\"",
        "root ::= ws \"a\" ws\nws ::= | \" \" | \"\\n\" [ \\t]{0,20}",
        "root-2 ::= root\nroot ::= \"a\"",
        "root ::= " + Repeat("(", 100) + "\"a\"" + Repeat(")", 100),
        "root ::= (\"a\" \"b\"?){1000}",
        "root ::= root \"a\" | \"b\"",
        "root ::= a\na ::= b? n a \"x\" | \"y\"\nb ::= \"b\"\nn ::= m\nm ::= \"\"",
        "root ::= \"x\" a\na ::= (a | \"b\") \"c\"",
        "root ::= a\na ::= a* \"x\"",
        "root ::= (\"\")*",
        "root ::= (\"x\"*)*",
        "root ::= (\"a\"?){3}",
        "root ::= \"x\"**",
        "root ::= a+\na ::= b b\nb ::= \"x\"?",
        "root ::= \"a\" <[1]>",
        "root ::= (\"a\" | <[1]>)*",
        "root ::= a b\na ::= \"x\" a | \"y\"\nb ::= \"z\"? !<[1]>");

    [Theory, MemberData(nameof(Valid))]
    public void A_valid_grammar_is_read(string text) => Assert.NotNull(Grammar.Parse(text));

    public static TheoryData<string, int, int, string> Invalid => new()
    {
        { "root ::= foo \"x\"", 1, 10, "'foo' is not defined" },
        { "root ::= \"a\"\nb ::= (\"x\" c)", 2, 12, "'c' is not defined" },
        { "root ::= \"a\"\n  | \"b\"", 2, 3, "name" },
        { "root = \"a\"", 1, 6, "'::='" },
        { "root ::= \"a\" )", 1, 14, "no parenthesis" },
        { "root ::= (\"a\"\n", 1, 10, "not closed" },
        { "root ::= \"a\nb", 1, 10, "closing" },
        { "root ::= [a", 1, 10, "closing" },
        { "root ::= [a-", 1, 10, "closing" },
        { "root ::= \"a\" []", 1, 14, "empty" },
        { "root ::= [^]", 1, 10, "empty" },
        { "root ::= [a-cz-x]", 1, 14, "range" },
        { "root ::= \"\\q\"", 1, 11, "escape" },
        { "root ::= \"\\", 1, 11, "escape" },
        { "root ::= \"a\\x4\"", 1, 12, "hexadecimal" },
        { "root ::= \"\\uD800\"", 1, 11, "Unicode" },
        { "root ::= [\\U00110000]", 1, 11, "Unicode" },
        { "root ::= \"\\x00\"", 1, 11, "NUL" },
        { "root ::= \"é😀\\q\"", 1, 13, "escape" },
        { "root ::= \"a\0b\"", 1, 12, "NUL" },
        { "root ::= \"a\uD800\"", 1, 12, "surrogate" },
        { "root ::= *", 1, 10, "repeat" },
        { "root ::= \"\"*", 1, 12, "repeat" },
        { "root ::= \"a\"{0}+", 1, 16, "repeat" },
        { "root ::= \"a\"{", 1, 14, "number" },
        { "root ::= \"a\"{2;3}", 1, 15, "'}'" },
        { "root ::= \"a\"{3,2}", 1, 13, "fewer" },
        { "root ::= \"a\"{2000}", 1, 13, "repetitions" },
        { "root ::= \"a\"{99999999999999999999}", 1, 13, "repetitions" },
        { "root ::= \"a\"{1000}{1000}", 1, 19, "repetitions" },
        { "root ::= \"a\"?????????", 1, 21, "More than 8" },
        { "root ::= <", 1, 10, "closing" },
        { "root ::= <[x]>", 1, 10, "number" },
        { "root ::= <[99999999999]>", 1, 10, "number" },
        { "root ::= !a", 1, 11, "angle brackets" },
        { "root ::= a_b\na ::= \"x\"", 1, 11, "'_'" },
        { "root ::= \"a\"\nroot ::= \"b\"", 2, 1, "already" },
        { "root ::= a\na ::= b \"x\"\nb ::= \"\" a", 1, 1, "No text" },
        { "start ::= \"a\"\nroot ::= \"x\" root", 2, 1, "No text" },
        { "root ::= \"a\" [^\\x01-\\U0010FFFF]", 1, 1, "No text" },
    };

    [Theory, MemberData(nameof(Invalid))]
    public void An_invalid_grammar_is_refused_with_its_place(string text, int line, int column, string reason)
    {
        GrammarException error = Assert.Throws<GrammarException>(() => Grammar.Parse(text));

        Assert.True((line, column) == (error.Line, error.Column) && error.Message.Contains(reason, StringComparison.Ordinal), error.Message);
        Assert.Contains($"line {line}, column {column}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing")]
    [InlineData("start ::= \"a\"")]
    public void A_grammar_without_root_is_refused(string text)
    {
        GrammarException error = Assert.Throws<GrammarException>(() => Grammar.Parse(text));

        Assert.Contains("root", error.Message, StringComparison.Ordinal);
        Assert.Null(error.Line);
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "20,000 parentheses", "root ::= " + Repeat("(", 20_000) + "\"a\"" + Repeat(")", 20_000) },
        { "open parentheses", "root ::= " + Repeat("(", 500_000) },
        { "operators", "root ::= \"a\"" + Repeat("?", 500_000) },
        { "elements", "root ::= \"" + Repeat("a", 1000) + "\"{1999}" },
        { "optional elements", "root ::= \"" + Repeat("a", 100) + "\"{0,1999}" },
        { "a long text", "root ::= \"" + Repeat("a", 2_000_000) + "\"" },
        { "a ring of rules", "root ::= r0\n" + Join(5000, i => $"r{i} ::= r{(i + 1) % 5000}\n") },
        { "many rules", Join(30_000, i => $"r{i} ::= \"a\"\n") + "root ::= r1" },
    };

    [Theory, MemberData(nameof(Hostile))]
    public void A_hostile_grammar_is_refused_fast(string name, string text)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        Exception? error = Record.Exception(() => Grammar.Parse(text));

        Assert.True(error is GrammarException, $"{name}: {error}");
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5), name);
    }

    public static TheoryData<string, string> Heavy => new()
    {
        { "a deep chain of rules", "root ::= r0\n" + Join(5000, i => $"r{i} ::= r{i + 1}\n") + "r5000 ::= \"a\"" },
        { "the same, the last rule first", "root ::= r0\nr5000 ::= \"a\"\n" + string.Concat(Enumerable.Range(0, 5000).Reverse().Select(i => $"r{i} ::= r{i + 1}\n")) },
        { "ways that double", "root ::= r0\n" + Join(60, i => $"r{i} ::= r{i + 1} \"a\" | r{i + 1} \"b\"\n") + "r60 ::= \"c\"" },
        { "ways that double in groups", "root ::= \"x\" " + Join(60, _ => "(\"a\"? | ") + "\"b\"" + Repeat(")", 60) + Join(60, i => $"\nr{i} ::= r{i + 1}? r{i + 1}? r{i + 1}") + "\nr60 ::= \"c\"?" },
        { "optional items that may be empty", "root ::= (\"a\"?){0,1999}" },
        { "optional items of optional items", "root ::= ((\"a\"?){0,300} \"b\"?){0,300}" },
    };

    [Theory, MemberData(nameof(Heavy))]
    public void A_heavy_grammar_is_read_fast(string name, string text)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();

        Assert.NotNull(Grammar.Parse(text));
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5), name);
    }

    private static string Repeat(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();

    private static string Join(int count, Func<int, string> text) => string.Concat(Enumerable.Range(0, count).Select(text));
}
