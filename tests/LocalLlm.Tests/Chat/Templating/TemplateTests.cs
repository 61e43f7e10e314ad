using LocalLlm.Chat.Templating;

namespace LocalLlm.Tests.Chat.Templating;

/// <summary>What a template gives, and where it fails.</summary>
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
    [InlineData("{{ 1 is nothing }}", 1, 9)]
    [InlineData("{% for x in [] %}{{ x|nothing }}{% endfor %}", 1, 23)]
    [InlineData("{{ 'text'|wordwrap }}", 1, 11)]
    [InlineData("{% if false %}{% for x in [] %}{{ x|nothing }}{% endfor %}{% endif %}", 1, 37)]
    [InlineData("{% if true %}{{ 1|nothing }}{% endif %}", 1, 19)]
    [InlineData("{% autoescape true %}{% endautoescape %}", 1, 4)]
    public void An_error_has_its_place(string source, int line, int column)
    {
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => Render(source));

        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Theory]
    [InlineData("{% if false %}{{ 1|nothing }}{% endif %}ok")]
    [InlineData("{{ 1|nothing if false else 'ok' }}")]
    [InlineData("{{ 'ok' if true else 1 is nothing }}")]
    public void What_is_missing_is_no_error_where_it_is_not_reached(string source) => Assert.Equal("ok", Render(source).Text);

    [Fact]
    public void A_template_can_refuse_the_messages()
    {
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => Render("{{ raise_exception('No ' ~ 'system') }}"));

        Assert.Equal("No system", error.Refusal);
        Assert.Contains("No system", error.Message, StringComparison.Ordinal);
    }

    private static Rendering Render(string source) => Template.Compile(source).Render(new TemplateContext(new Dictionary<string, TemplateValue>()));
}
