using System.Text.Json.Nodes;

namespace LocalLlm.Tests.Chat.Templating;

/// <summary>Makes random expressions and small templates over a few variables of every type.</summary>
internal sealed class RandomTemplate(Random random)
{
    private static readonly string[] Names = ["i", "f", "s", "u", "b", "n", "l", "d", "e", "m", "missing"];

    private static readonly string[] Literals =
        ["0", "1", "-3", "7", "2.5", "1e3", "0.1", "'a'", "'Hello World'", "\"it's\"", "''", "'x,y,,z'", "' pad\\n'", "true", "false", "none", "[]", "[3, 1, 2]", "(1, 'b')", "{'k': 1, 'z': [1]}", "'%s'", "'🦙é'", "range(4)", "'12'", "1_000", "dict(**d)", "dict(m[0], q=s)", "namespace(**d)"];

    private static readonly string[] Binary = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in", "not in"];

    private static readonly string[] Filters =
    [
        "length", "upper", "lower", "title", "capitalize", "trim", "list", "first", "last", "string", "tojson", "tojson(indent=2)", "tojson(sort_keys=true)", "int", "float", "abs", "round",
        "round(1)", "round(2, 'floor')", "sort", "sort(reverse=true)", "unique|list", "reverse|list", "join", "join(', ')", "sum", "min", "max", "default('dd')", "default('dd', true)", "d(1)",
        "replace('a', 'b')", "replace('', '-')", "items|list", "dictsort", "dictsort(by='value')", "batch(2)|list", "slice(3)|list", "batch(2, 0)|list", "indent", "indent(2, true)", "indent(1, blank=true)",
        "center(9)", "wordcount", "urlencode", "escape", "e|string", "safe", "format(1)", "map('string')|list", "map('upper')|join('/')", "map(attribute='k')|list", "select|list", "reject('none')|list",
        "select('string')|list", "selectattr('k')|list", "selectattr('k', 'defined')|list", "rejectattr('k', 'equalto', 1)|list", "groupby('k')|list", "truncate(6)", "count", "attr('k')", "filesizeformat", "tojson(ensure_ascii=true)", "tojson(separators=(',', ':'))", "list|length", "map('int')|sum", "sort(attribute='k')",
    ];

    private static readonly string[] Tests =
    [
        "defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "true", "false", "mapping", "sequence", "iterable", "callable", "odd", "even", "divisibleby 3", "in [1, 2, 'a']",
        "eq 1", "ne 'a'", "gt 1", "lt(2)", "sameas none", "upper", "lower", "equalto(s)", "escaped", "not string", "not defined",
    ];

    private static readonly string[] Methods =
    [
        ".upper()", ".lower()", ".strip()", ".strip('a ')", ".lstrip()", ".rstrip('\\n')", ".split()", ".split(',')", ".split(',', 1)", ".rsplit(' ', 1)", ".split(None, 1)", ".splitlines()", ".startswith('H')", ".endswith(('d', 'z'))",
        ".replace('l', 'L', 1)", ".find('o')", ".rfind('o')", ".count('l')", ".index('e')", ".join(['p', 'q'])", ".title()", ".capitalize()", ".swapcase()", ".isdigit()", ".isalpha()", ".isupper()", ".zfill(5)", ".center(10, '*')",
        ".ljust(4)", ".rjust(4)", ".partition(' ')", ".removeprefix('He')", ".format(1, k=2)", ".keys()|list", ".values()|list", ".items()|list", ".get('k')", ".get('q', 5)", ".k", ".items is callable", ".copy()", ".count(1)", ".append(1)", ".pop()", ".real", ".isspace()", ".expandtabs(4)", ".__class__",
    ];

    private static readonly string[] Subscripts = ["[0]", "[-1]", "['k']", "[1:]", "[:2]", "[::-1]", "[1:3]", "[::2]", "[-2:]", "[i]", "[5]", "[none:1]", "['upper'] is callable", "[3:0:-1]", "[true]"];

    internal static JsonObject Variables => new()
    {
        ["i"] = 5,
        ["f"] = -2.75,
        ["s"] = "Hello World",
        ["u"] = "ÀÉ 🦙 straße\n\tb,a",
        ["b"] = true,
        ["n"] = null,
        ["l"] = new JsonArray(4, "b", null, 2.0, new JsonArray(1)),
        ["d"] = new JsonObject { ["k"] = 1, ["b"] = "x<y", ["a"] = new JsonArray("p", "q") },
        ["e"] = new JsonArray(3, 1, 2, 3),
        ["m"] = new JsonArray(new JsonObject { ["k"] = 2, ["v"] = "B" }, new JsonObject { ["k"] = 1, ["v"] = "a" }, new JsonObject { ["k"] = 2, ["v"] = "C" }),
    };

    internal string Next() => random.Next(4) switch
    {
        0 => Statement(3),
        _ => $"{{{{ {Expression(random.Next(1, 5))} }}}}",
    };

    private string Expression(int depth)
    {
        if (depth == 0)
        {
            return random.Next(3) == 0 ? Pick(Literals) : Pick(Names);
        }

        return random.Next(12) switch
        {
            0 or 1 => $"{Expression(depth - 1)} {Pick(Binary)} {Expression(depth - 1)}",
            2 => $"({Expression(depth - 1)})",
            3 or 4 => $"({Expression(depth - 1)})|{Pick(Filters)}",
            5 => $"{Expression(depth - 1)}|{Pick(Filters)}",
            6 => $"({Expression(depth - 1)}) is {Pick(Tests)}",
            7 => $"({Expression(depth - 1)}){Pick(Methods)}",
            8 => $"({Expression(depth - 1)}){Pick(Subscripts)}",
            9 => $"{Pick(["not ", "-", "+"])}{Expression(depth - 1)}",
            10 => $"({Expression(depth - 1)} if {Expression(depth - 1)} else {Expression(depth - 1)})",
            _ => random.Next(3) switch
            {
                0 => $"[{Expression(depth - 1)}, {Expression(depth - 1)}]",
                1 => $"{{'p': {Expression(depth - 1)}, {Pick(["'q'", "1", "none"])}: {Expression(depth - 1)}}}",
                _ => $"({Expression(depth - 1)}, {Expression(depth - 1)})",
            },
        };
    }

    private string Statement(int depth)
    {
        if (depth == 0)
        {
            return random.Next(3) switch
            {
                0 => $"text {random.Next(9)}\n",
                1 => "  ",
                _ => $"{{{{ {Expression(1)} }}}}",
            };
        }

        string inner = Statement(depth - 1) + Statement(depth - 1);
        return random.Next(13) switch
        {
            0 => $"{Tag($"if {Expression(1)}")}{inner}{Tag("else")}\nno{Tag("endif")}",
            1 => $"{Tag($"for x in {Pick(["l", "e", "m", "d", "s", "range(3)", "u", "[]"])}")}{{{{ loop.index }}}}{Pick(["{{ x }}", "{{ loop.last }}", "{{ loop.previtem }}", "{{ loop.cycle('a', 'b') }}", "{{ loop.revindex0 }}"])}{inner}{Tag("endfor")}",
            2 => $"{Tag($"for k, v in d.items() if {Pick(["k != 'b'", "v is string", "true", "loop is defined"])}")}{{{{ k ~ v }}}}{Tag("else")}none{Tag("endfor")}",
            3 => $"{Tag($"set y = {Expression(2)}")}\n{{{{ y }}}}{inner}",
            4 => $"{Tag("set y")}{inner}{Tag("endset")}{{{{ y|length }}}}",
            5 => $"{Tag("macro q(a, b=2, c='z')")}{{{{ a }}}}{{{{ b }}}}{{{{ c }}}}{Pick(["", "{{ varargs }}", "{{ kwargs }}", "{{ caller() }}"])}{Tag("endmacro")}{{{{ q({Pick(["", "1", "1, 2", "b=1", "1, c=i", "1, 2, 3, 4", "z=1", "*e", "**{'a': 1}", "**d"])}) }}}}",
            6 => $"{Tag("set ns = namespace(c=0)")}{Tag("for x in e")}{Tag("set ns.c = ns.c + x")}{Tag($"if x == {random.Next(4)}")}{Tag(Pick(["break", "continue"]))}{Tag("endif")}{{{{ ns.c }}}}{Tag("endfor")}",
            7 => $"{Tag($"filter {Pick(["upper", "trim", "replace('t', 'T')", "indent(2)"])}")}{inner}{Tag("endfilter")}",
            8 => $"{{#{Pick(["", "-"])} comment {Pick(["", "-", "+"])}#}}\n{inner}",
            9 => $"{Tag($"with y = {Expression(1)}")}{{{{ y }}}}{inner}{Tag("endwith")}",
            10 => $"{Tag("generation")}{inner}{Tag("endgeneration")}",
            11 => $"{Tag("macro w(a='')")}<{{{{ caller({Pick(["", "1", "a"])}) }}}}{{{{ a }}}}>{Tag("endmacro")}{Tag(Pick(["call w(s)", "call(x='') w()", "call(z) w(u)"]))}{inner}{{{{ x }}}}{Tag("endcall")}",
            _ => $"  {Tag("raw")}  {{{{ x }}}} \n {Tag("endraw")}\n{inner}",
        };
    }

    private string Tag(string code) => $"{Pick(["", "", " ", "\n  "])}{{%{Pick(["", "", "-", "+"])} {code} {Pick(["", "", "-"])}%}}{Pick(["", "", "\n"])}";

    private string Pick(ReadOnlySpan<string> choices) => choices[random.Next(choices.Length)];
}
