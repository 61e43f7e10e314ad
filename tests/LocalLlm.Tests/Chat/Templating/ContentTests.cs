using System.Text.Json.Nodes;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Tests.Chat.Templating;

/// <summary>Content keeps its mark through all that a template does with it, and the template's own text never gets one.</summary>
public sealed class ContentTests
{
    [Theory]
    [InlineData("<{{ c }}>", "<[ One, Two ]>")]
    [InlineData("{{ 'a' + c ~ 'b' }}", "a[ One, Two ]b")]
    [InlineData("{{ c|trim }}|{{ c.strip() }}", "[One, Two]|[One, Two]")]
    [InlineData("{{ c[2:5] }}{{ c[1] }}{{ c[::-1] }}", "[ne,O owT ,enO ]")]
    [InlineData("{{ ('a' ~ c)[::-2] }}", "[ w eO]a")]
    [InlineData("{{ c|upper }}{{ c.lower() }}", "[ ONE, TWO  one, two ]")]
    [InlineData("{{ c.split(', ')|join('-') }}", "[ One]-[Two ]")]
    [InlineData("{{ ['a', 'b']|join(c) }}", "a[ One, Two ]b")]
    [InlineData("{{ c|replace('One', 'x') }}", "[ ]x[, Two ]")]
    [InlineData("{{ 'aXb'|replace('X', c) }}", "a[ One, Two ]b")]
    [InlineData("{{ '%s!' % c }}{{ '({})'.format(c) }}", "[ One, Two ]!([ One, Two ])")]
    [InlineData("{{ '%.3s|%12s' % (c, c) }}", "[ On]|  [ One, Two ]")]
    [InlineData("{{ '{0:*^14}{0!r}'.format(c) }}", "**[ One, Two ]**'[ One, Two ]'")]
    [InlineData("{{ {'k': c}|tojson }}", "{\"k\": \"[ One, Two ]\"}")]
    [InlineData("{{ {c: 1}|tojson(indent=1) }}", "{\n \"[ One, Two ]\": 1\n}")]
    [InlineData("{{ [c] }}", "['[ One, Two ]']")]
    [InlineData("{{ {c: 1} }}{% for k in {c: 1} %}{{ k }}{% endfor %}", "{'[ One, Two ]': 1}[ One, Two ]")]
    [InlineData("{{ dict(**{c: 1}) }}{{ namespace(**{c: 1}) }}", "{'[ One, Two ]': 1}<Namespace {'[ One, Two ]': 1}>")]
    [InlineData("{% macro m() %}{{ kwargs }}{% endmacro %}{{ m(**{c: 1}) }}", "{'[ One, Two ]': 1}")]
    [InlineData("{% set x %}<{{ c }}>{% endset %}{{ x|indent }}", "<[ One, Two ]>")]
    [InlineData("{% filter trim|upper %} <{{ c }}> {% endfilter %}", "<[ ONE, TWO ]>")]
    [InlineData("{% macro m(t) %}<{{ t }}>{% endmacro %}{{ m(c)[1:] }}", "[ One, Two ]>")]
    [InlineData("{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}{{ c }}!{% endcall %}", "<[ One, Two ]!>")]
    [InlineData("{{ c|length }}{{ 'One' in c }}{{ c.find('T') }}", "10True6")]
    [InlineData("{{ (c ~ '</b>').split('</')[0] }}", "[ One, Two ]")]
    [InlineData("{{ (c ~ '</b>').partition('<') }}", "('[ One, Two ]', '<', '/b>')")]
    [InlineData("{{ c|center(14) }}{{ c.ljust(12, '*') }}", "  [ One, Two ]  [ One, Two ]**")]
    [InlineData("{{ 'x'.center(3, c[1]) }}", "[O]x[O]")]
    [InlineData("{{ c|truncate(6, true, '..', 0) }}", "[ One]..")]
    [InlineData("{% for x in c|list %}{{ x }}{% endfor %}{% for x in c %}{{ x }}{% endfor %}", "[ One, Two  One, Two ]")]
    [InlineData("{{ [c, 'b', 'a']|sort|last }}{{ [c]|map('trim')|first }}", "b[One, Two]")]
    [InlineData("{{ (c ~ '<')|e }}", "[ One, Two ]&lt;")]
    [InlineData("{{ ('<' ~ c)|urlencode }}", "%3C[%20One%2C%20Two%20]")]
    [InlineData("{{ [c ~ '\\n']|tojson(ensure_ascii=true) }}", "[\"[ One, Two ]\\n\"]")]
    public void Content_is_known_wherever_it_goes(string source, string marked) =>
        Assert.Equal(marked, Marked(source, StringValue.Of(" One, Two ", isContent: true)));

    // A template that formats by content lets it choose the fill and the value.
    [Theory]
    [InlineData("{{ c.format('x', 'y') }}", "{:<<4}{}{{", "[x<<<y{]")]
    [InlineData("{{ c % 5 }}", "%%%03d", "[%005]")]
    [InlineData("{{ '{:{}}'.format(7, c) }}", "<<3", "[7<<]")]
    [InlineData("{{ '%c' % 60 }}{{ '{:c}'.format(60) }}", "", "[<<]")]
    [InlineData("{{ 1|tojson }}{{ {1: 2}|tojson(indent=c) }}", "<|", "1{\n[<|]\"1\": 2\n}")]
    [InlineData("{{ strftime_now(c) }}", "<%%>", "[<%>]")]
    // Where the length changes, all of the text counts as content.
    [InlineData("{{ ('straße ' ~ c)|upper }}", "ß", "[STRASSE SS]")]
    public void What_content_forms_is_content(string source, string content, string marked) =>
        Assert.Equal(marked, Marked(source, StringValue.Of(content, isContent: true)));

    /// <summary>
    /// Random templates over values whose texts are content of ideographs, which no template has: each of them that comes out is
    /// marked, and, where no filter spells it otherwise and the content is no format, nothing else is.
    /// </summary>
    [Theory]
    [InlineData("漢字", "語文", true)]
    [InlineData("漢{:語<5}%s{k}", "%d{0!r:字>9}文%%{{", false)]
    public void All_content_that_comes_out_is_marked(string one, string two, bool isPlain)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("LOCALLLM_SEED"), out int given) ? given : 20260307;
        RandomTemplate templates = new(new Random(seed));
        TemplateContext context = new(Variables(one, two, separator: isPlain ? "" : " ").ToDictionary(v => v.Key, v => Value(v.Value), StringComparer.Ordinal));
        int withContent = 0;
        for (int i = 0; i < (Requirement.RunsAll ? 20_000 : 3_000); i++)
        {
            string source = templates.Next();
            if (TryRender(source, context) is not { } rendering)
            {
                continue;
            }

            bool[] isContent = new bool[rendering.Text.Length];
            foreach ((int start, int length) in rendering.Content)
            {
                isContent.AsSpan(start, length).Fill(true);
            }

            bool checksOthers = isPlain && !source.Contains("ensure_ascii", StringComparison.Ordinal) && !source.Contains("urlencode", StringComparison.Ordinal);
            for (int at = 0; at < isContent.Length; at++)
            {
                bool isIdeograph = rendering.Text[at] is >= '\u4E00' and <= '\u9FFF';
                Assert.False(isIdeograph != isContent[at] && (isIdeograph || checksOthers), $"seed {seed}, at {at} of {rendering.Text}\n{source}");
            }

            withContent += rendering.Content.Count > 0 ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}: {withContent} texts with content");
        Assert.True(withContent > 300);
    }

    private static JsonObject Variables(string one, string two, string separator) => new()
    {
        ["i"] = 5,
        ["f"] = -2.75,
        ["s"] = one + separator + two,
        ["u"] = two + separator + one + "文",
        ["b"] = true,
        ["n"] = null,
        ["l"] = new JsonArray(4, one, null, 2.0, new JsonArray(two)),
        ["d"] = new JsonObject { ["k"] = one, ["字"] = two, ["a"] = new JsonArray(one, two) },
        ["e"] = new JsonArray(one, two, one),
        ["m"] = new JsonArray(new JsonObject { ["k"] = two, ["v"] = one }, new JsonObject { ["k"] = one, ["v"] = "文" }),
    };

    // Keys are content where they are ideographs.
    private static TemplateValue Value(JsonNode? node) => node switch
    {
        JsonArray array => new ListValue([.. array.Select(Value)]),
        JsonObject dict => DictValue.From(dict.Select(i => KeyValuePair.Create(StringValue.Of(i.Key, i.Key[0] > 'z'), Value(i.Value)))),
        _ => TemplateValue.From(node, isContent: true),
    };

    private static Rendering? TryRender(string source, TemplateContext context)
    {
        try
        {
            return Template.Compile(source).Render(context);
        }
        catch (ChatTemplateException)
        {
            return null;
        }
    }

    private static string Marked(string source, StringValue content)
    {
        Rendering rendering = Template.Compile(source).Render(new TemplateContext(new Dictionary<string, TemplateValue> { ["c"] = content }));
        string text = rendering.Text;
        foreach ((int start, int length) in rendering.Content.Reverse())
        {
            text = text.Insert(start + length, "]").Insert(start, "[");
        }

        return text;
    }
}
