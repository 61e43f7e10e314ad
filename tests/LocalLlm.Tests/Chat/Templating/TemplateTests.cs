using System.Diagnostics;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Tests.Chat.Templating;

/// <summary>What a template does by itself: places of errors, content, limits.</summary>
public sealed class TemplateTests
{
    [Theory]
    [InlineData("{{ 1 + 2 * 3 ** 2 }}", "19")]
    [InlineData("{{ 7 // -2 }} {{ -7 % 3 }} {{ 1 / 2 }} {{ 2 ** -1 }}", "-4 2 0.5 0.5")]
    [InlineData("{{ [1, 2.0, 'a', none, true] }}", "[1, 2.0, 'a', None, True]")]
    [InlineData("{{ 'abcdef'[::-2] }}{{ 'abc'[-2:] }}", "fdbbc")]
    [InlineData("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{{ ',' if not loop.last }}{% endfor %}", "a1,b2")]
    [InlineData("  {% if true %}\n x\n  {% endif %}\ny", " x\ny")]
    [InlineData("{% set ns = namespace(n=0) %}{% for i in range(5) if i is odd %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "4")]
    [InlineData("{% macro m(a, b='x') %}{{ a }}{{ b }}{{ caller() }}{% endmacro %}{% call m(1) %}c{% endcall %}", "1xc")]
    [InlineData("{{ {'b': [1, 'é'], 'a': none}|tojson }}", """{"b": [1, "é"], "a": null}""")]
    [InlineData("{{ missing }}{{ missing is defined }}{{ missing|default('d') }}", "Falsed")]
    [InlineData("{{ '🦙é'|length }}{{ 1e16 }} {{ 0.1 }} {{ 10 ** 20 }}", "21e+16 0.1 100000000000000000000")]
    public void It_is_what_Jinja_gives(string source, string text) => Assert.Equal(text, Render(source).Text);

    [Theory]
    [InlineData("a\n{% if x %}", 2, 11)]
    [InlineData("a\n  {{ 1 + }}", 2, 10)]
    [InlineData("{{ 'x' }}\n{% nothing %}", 2, 4)]
    [InlineData("{% include 'x' %}", 1, 4)]
    [InlineData("\n\n{{ missing.name }}", 3, 12)]
    [InlineData("{{ [1]\n  + 'a' }}", 2, 3)]
    [InlineData("{{ 1|nothing }}", 1, 6)]
    public void An_error_has_its_place(string source, int line, int column)
    {
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => Render(source));

        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Fact]
    public void A_template_can_refuse_the_messages()
    {
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => Render("{{ raise_exception('No ' ~ 'system') }}"));

        Assert.Equal("No system", error.Refusal);
        Assert.Contains("No system", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<{{ c }}>", "<[ One, Two ]>")]
    [InlineData("{{ 'a' + c ~ 'b' }}", "a[ One, Two ]b")]
    [InlineData("{{ c|trim }}|{{ c.strip() }}", "[One, Two]|[One, Two]")]
    [InlineData("{{ c[2:5] }}{{ c[1] }}{{ c[::-1] }}", "[ne,O owT ,enO ]")]
    [InlineData("{{ c|upper }}{{ c.lower() }}", "[ ONE, TWO  one, two ]")]
    [InlineData("{{ c.split(', ')|join('-') }}", "[ One]-[Two ]")]
    [InlineData("{{ c|replace('One', 'x') }}", "[ ]x[, Two ]")]
    [InlineData("{{ 'aXb'|replace('X', c) }}", "a[ One, Two ]b")]
    [InlineData("{{ '%s!' % c }}{{ '({})'.format(c) }}", "[ One, Two ]!([ One, Two ])")]
    [InlineData("{{ {'k': c}|tojson }}", "{\"k\": \"[ One, Two ]\"}")]
    [InlineData("{{ [c] }}", "['[ One, Two ]']")]
    [InlineData("{% set x %}<{{ c }}>{% endset %}{{ x|indent }}", "<[ One, Two ]>")]
    [InlineData("{% macro m(t) %}<{{ t }}>{% endmacro %}{{ m(c)[1:] }}", "[ One, Two ]>")]
    [InlineData("{{ c|length }}{{ 'One' in c }}{{ c.find('T') }}", "10True6")]
    [InlineData("{{ c|urlencode }}", "[%20One%2C%20Two%20]")]
    [InlineData("{% for x in c|list %}{{ x }}{% endfor %}", "[ One, Two ]")]
    [InlineData("{{ (c ~ '</b>').split('</')[0] }}", "[ One, Two ]")]
    public void Content_is_known_wherever_it_goes(string source, string marked)
    {
        Rendering rendering = Render(source, ("c", StringValue.Of(" One, Two ", isContent: true)));

        string text = rendering.Text;
        foreach ((int start, int length) in rendering.Content.Reverse())
        {
            text = text.Insert(start + length, "]").Insert(start, "[");
        }

        Assert.Equal(marked, text);
    }

    [Theory]
    [InlineData("{% for i in range(1000000000) %}{% endfor %}")]
    [InlineData("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}")]
    [InlineData("{{ 'x' * 1000000000 }}")]
    [InlineData("{{ [1] * 1000000000 }}")]
    [InlineData("{{ 9 ** 999999999 }}")]
    [InlineData("{{ '%1000000000d' % 1 }}")]
    [InlineData("{{ '{:1000000000}'.format(1) }}")]
    [InlineData("{{ 'a'.center(1000000000) }}")]
    [InlineData("{{ 'a'|indent(1000000000, true) }}")]
    [InlineData("{{ range(99999)|join('x' * 99999) }}")]
    [InlineData("{{ ('a' * 100000)|replace('a', 'b' * 100000) }}")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s=[]) %}{% for i in range(99999) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}")]
    [InlineData("{% for i in range(99999) %}{{ 'x' * 1000 }}{% endfor %}")]
    [InlineData("{% for i in range(99999) %}{{ range(99999)|sort }}{% endfor %}")]
    [InlineData("{% set s = 'x' * 1000000 %}{% for i in range(99999) %}{% set q = s.find('y') %}{% endfor %}")]
    [InlineData("{% set s = range(9999)|list %}{% set t = range(9999)|list %}{% for i in range(99999) %}{% set q = s == t %}{% endfor %}")]
    public void A_hostile_template_stops_soon(string source) => AssertStops(source);

    [Theory]
    [InlineData("{{ ", "(", "1")]
    [InlineData("{{ ", "[", "1")]
    [InlineData("{{ ", "not ", "1 }}")]
    [InlineData("{{ ", "-", "1 }}")]
    [InlineData("{{ 1", "+1", " }}")]
    [InlineData("{{ x", ".x", " }}")]
    [InlineData("{{ x", "|trim", " }}")]
    [InlineData("", "{% if 1 %}", "")]
    public void Deep_source_stops_soon(string start, string again, string end) => AssertStops(start + string.Concat(Enumerable.Repeat(again, 100_000)) + end);

    [Fact]
    public void A_rendering_can_be_cancelled()
    {
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Template template = Template.Compile("{% for i in range(99999) %}{{ i }}{% endfor %}");

        Assert.Throws<OperationCanceledException>(() => template.Render(new TemplateContext(new Dictionary<string, TemplateValue>()), cancelled.Token));
    }

    private static void AssertStops(string source)
    {
        Stopwatch time = Stopwatch.StartNew();
        Assert.Throws<ChatTemplateException>(() => Render(source));

        // A bar of 1 s on an idle machine; tests share theirs.
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    private static Rendering Render(string source, params (string Name, TemplateValue Value)[] variables) =>
        Template.Compile(source).Render(new TemplateContext(variables.ToDictionary(v => v.Name, v => v.Value, StringComparer.Ordinal)));
}
