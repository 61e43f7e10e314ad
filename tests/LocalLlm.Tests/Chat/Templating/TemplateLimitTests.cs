using System.Diagnostics;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Tests.Chat.Templating;

/// <summary>A template, which comes with a file from anywhere, can't hold up the process or take its memory.</summary>
public sealed class TemplateLimitTests
{
    private const string Doubled = "{% set ns = namespace(a=['x' * 1000], b=['x' * 1000]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}";
    private const string Forever = "{% for i in range(99999) %}{% for j in range(99999) %}";
    private const string End = "{% endfor %}{% endfor %}";

    [Theory]
    // Loops and calls.
    [InlineData("{% for i in range(1000000000) %}{% endfor %}")]
    [InlineData(Forever + End)]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% macro m() %}{% call m() %}{% endcall %}{% endmacro %}{{ m() }}")]
    [InlineData("{% macro m(x=m()) %}{% endmacro %}{{ m() }}")]
    [InlineData("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}")]
    // Long texts.
    [InlineData("{{ 'x' * 1000000000 }}")]
    [InlineData("{{ '%1000000000d' % 1 }}")]
    [InlineData("{{ '%*d' % (1000000000, 1) }}{{ '%s' % ('x' * 10000000) }}")]
    [InlineData("{{ ('%s' * 100000) % (('x' * 10000,) * 100000) }}")]
    [InlineData("{{ '{:1000000000}'.format(1) }}")]
    [InlineData("{{ 'a'.center(1000000000) }}")]
    [InlineData("{{ 'a'.zfill(1000000000) }}")]
    [InlineData("{{ '\t'.expandtabs(1000000000) }}")]
    [InlineData("{{ 'a'|indent(1000000000, true) }}")]
    [InlineData("{{ range(99999)|join('x' * 99999) }}")]
    [InlineData("{{ ('a' * 100000)|replace('a', 'b' * 100000) }}")]
    [InlineData("{{ ('a' * 100000)|replace('', 'b' * 100000) }}")]
    [InlineData("{{ ('%c' * 1000000)|replace('x', '') and strftime_now('%c' * 1000000) }}")]
    [InlineData("{{ ('日' * 4000000)|urlencode }}")]
    [InlineData("{{ ('\"' * 4000000)|e }}")]
    [InlineData("{{ ('\"' * 4000000)|tojson|tojson|tojson }}")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{% for i in range(99999) %}{{ 'x' * 1000 }}{% endfor %}")]
    [InlineData("{% set s = '🦙' * 100000 %}" + Forever + "{% set q = (s ~ i)[i] %}" + End)]
    [InlineData(Forever + "{% set q = ('x' * 100000).upper() %}" + End)]
    [InlineData(Forever + "{% set q = ('é' * 100000).title() %}" + End)]
    // Long lists and dicts.
    [InlineData("{{ [1] * 1000000000 }}")]
    [InlineData("{{ (',' * 3000000).split(',') }}")]
    [InlineData("{{ ('x' * 3000000)|list }}")]
    [InlineData("{{ [1]|batch(1000000000, 0)|list }}")]
    [InlineData("{{ [1]|slice(1000000000)|list }}")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for i in range(99999) %}{% set ns.l = ns.l + [i] %}{% endfor %}")]
    [InlineData("{% set ns = namespace(d={}) %}{% for i in range(99999) %}{% set ns.d = dict(ns.d, **{'k' ~ i: i}) %}{% endfor %}")]
    [InlineData("{% for i in range(99999) %}{{ range(99999)|sort }}{% endfor %}")]
    // Deep values, and values that are small but long when written.
    [InlineData("{% set ns = namespace(s=[]) %}{% for i in range(60000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}")]
    [InlineData("{% set ns = namespace(s=[]) %}{% for i in range(60000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s|tojson }}")]
    [InlineData("{% set ns = namespace(s=()) %}{% for i in range(60000) %}{% set ns.s = (ns.s,) %}{% endfor %}{{ {ns.s: 1} }}")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(40000) %}{% set ns.s = ns.s|map('string') %}{% endfor %}{{ ns.s|list }}")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(40000) %}{% set ns.s = namespace(s=ns.s) %}{% endfor %}{{ ns }}")]
    [InlineData(Doubled + "{{ ns.a == ns.b }}")]
    [InlineData(Doubled + "{{ ns.a < ns.b }}")]
    [InlineData(Doubled + "{{ ns.a }}")]
    [InlineData(Doubled + "{{ ns.a|tojson(indent=1000) }}")]
    [InlineData(Doubled + "{{ ns.a is lower }}")]
    [InlineData("{% set ns = namespace(t=(1, 2)) %}{% for i in range(60) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}{{ {ns.t: 1} }}")]
    // Steps that take long.
    [InlineData("{{ 9 ** 999999999 }}")]
    [InlineData("{% set n = 9 ** 5000 %}" + Forever + "{% set q = n * n // n %}" + End)]
    [InlineData("{% set n = 9 ** 4000 %}" + Forever + "{% set q = '{:b}{:,}'.format(n, n) %}" + End)]
    [InlineData("{% set n = 9 ** 4000 %}" + Forever + "{% set q = n|string %}" + End)]
    [InlineData("{% set s = '9' * 4000 %}" + Forever + "{% set q = s|int %}" + End)]
    [InlineData(Forever + "{% set q = '%.99999f' % 1.5 %}" + End)]
    [InlineData(Forever + "{% set q = 1.5|round(300) %}" + End)]
    [InlineData("{% set s = 'x' * 1000000 %}" + Forever + "{% set q = s.find('y') %}" + End)]
    [InlineData("{% set s = 'x' * 1000000 %}" + Forever + "{% set q = 'y' in s %}" + End)]
    [InlineData("{% set a = 'a' * 300000 %}{{ (a ~ a ~ a).find(a ~ 'b' ~ a) }}")]
    [InlineData("{% set a = 'a' * 300000 %}{{ (a ~ 'b' ~ a) in (a ~ a ~ a) }}")]
    [InlineData("{% set s = 'x' * 1000000 %}{% set d = {s: 1} %}" + Forever + "{% set q = d[s] %}" + End)]
    [InlineData("{% set s = 'x' * 1000000 %}{% set t = s[:] ~ '' %}" + Forever + "{% set q = [s]|sort == [t] %}" + End)]
    [InlineData("{% set s = range(9999)|list %}{% set t = range(9999)|list %}" + Forever + "{% set q = s == t %}" + End)]
    [InlineData("{% set s = range(99999)|list %}" + Forever + "{% set q = s.count(1) %}" + End)]
    // Many short pieces of content.
    [InlineData("{% for x in (c ~ 'x') * 200000 %}{% endfor %}")]
    [InlineData("{{ ((c ~ 'x') * 800000)|upper }}")]
    [InlineData("{% set s = (c ~ 'x') * 50000 %}" + Forever + "{% set q = s[1:] %}" + End)]
    public void A_hostile_template_stops_soon(string source) => AssertStops(source);

    [Theory]
    [InlineData("{{ ", "(", "1")]
    [InlineData("{{ ", "[", "1")]
    [InlineData("{{ ", "{1:", "1")]
    [InlineData("{{ ", "not ", "1 }}")]
    [InlineData("{{ ", "-", "1 }}")]
    [InlineData("{{ 1", "+1", " }}")]
    [InlineData("{{ 1", "<1 if 1", " }}")]
    [InlineData("{{ x", ".x", " }}")]
    [InlineData("{{ x", "|trim", " }}")]
    [InlineData("{{ x|trim", ".x", " }}")]
    [InlineData("{{ x", "()", " }}")]
    [InlineData("", "{% if 1 %}", "")]
    [InlineData("", "{% for x in y %}", "")]
    [InlineData("", "{% macro x() %}", "")]
    public void Deep_source_stops_soon(string start, string again, string end)
    {
        AssertStops(start + string.Concat(Enumerable.Repeat(again, 200_000 / again.Length)) + end);
    }

    [Fact]
    public void A_template_has_a_longest_length() => AssertStops(new string('x', 300_000));

    [Theory]
    [InlineData("{1: ", "}")]
    [InlineData("dict(a=", ")")]
    [InlineData("[", "]")]
    [InlineData("x|default(", ")")]
    [InlineData("0 or (", ")")]
    public void A_small_stack_is_enough_to_refuse(string start, string end)
    {
        string nested = string.Concat(Enumerable.Repeat(start, 90)) + "m()" + string.Concat(Enumerable.Repeat(end, 90));
        Exception? error = null;
        Thread thread = new(() => error = Record.Exception(() => Render($"{{% macro m() %}}{{{{ {nested} }}}}{{% endmacro %}}{{{{ m() }}}}")), 512 * 1024);
        thread.Start();
        thread.Join();

        Assert.IsType<ChatTemplateException>(error);
    }

    [Fact]
    public void A_long_conversation_may_take_more()
    {
        string content = new('x', 20_000_000);

        Assert.Equal(content.Length * 2, Render("{{ c }}{{ c|upper }}", StringValue.Of(content, isContent: true)).Text.Length);
    }

    [Fact]
    public void A_rendering_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        Template template = Template.Compile("{% if c %}{% for i in range(99999) %}{{ i }}{% endfor %}{% endif %}");

        Assert.Throws<OperationCanceledException>(() => template.Render(Context(new CancellingValue(source)), source.Token));
        Assert.Throws<OperationCanceledException>(() => Template.Compile("x").Render(Context(NoneValue.Instance), source.Token));
    }

    private static void AssertStops(string source)
    {
        Stopwatch time = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ChatTemplateException>(() => Render(source, StringValue.Of("c", isContent: true)));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{time.ElapsedMilliseconds} ms, {allocated >> 10} KiB");

        // All that was allocated, also what was given up at once.
        Assert.InRange(allocated, 0, 64 << 20);
        // A bar of 1 s on an idle machine; tests share theirs.
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    private static Rendering Render(string source, TemplateValue? c = null) => Template.Compile(source).Render(Context(c ?? NoneValue.Instance));

    private static TemplateContext Context(TemplateValue c) => new(new Dictionary<string, TemplateValue> { ["c"] = c });

    private sealed class CancellingValue(CancellationTokenSource source) : TemplateValue
    {
        internal override string TypeName => "cancelling";

        internal override bool IsTrue
        {
            get
            {
                source.Cancel();
                return true;
            }
        }
    }
}
