using System.Globalization;
using System.Text;

namespace LocalLlm.Chat.Schema;

/// <summary>Collects the rules of a grammar in GBNF.</summary>
internal sealed class GrammarWriter
{
    private const int MaxNameLength = 40;

    private readonly List<string> _names = [];
    private readonly Dictionary<string, string?> _bodies = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Name, string Body), string> _known = [];
    private readonly Dictionary<object, string> _shared = [];
    private readonly Dictionary<string, int> _lastNumbers = new(StringComparer.Ordinal);

    /// <summary>The whole grammar so far.</summary>
    internal string Text =>
        string.Concat(_names.Select(name => $"{name} ::= {_bodies[name] ?? throw new InvalidOperationException($"The rule '{name}' has no body.")}\n"));

    /// <summary>A text as GBNF writes it.</summary>
    internal static string Literal(string text)
    {
        StringBuilder literal = new("\"");
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => literal.Append('\\').Append(c),
                '\n' => literal.Append("\\n"),
                '\r' => literal.Append("\\r"),
                '\t' => literal.Append("\\t"),
                _ when char.IsControl(c) => literal.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => literal.Append(c),
            };
        }

        return literal.Append('"').ToString();
    }

    /// <summary>Adds a rule, unless there is the same one already.</summary>
    /// <param name="name">What it is for; made a valid name that no other rule has.</param>
    /// <param name="body">What stands behind "::=".</param>
    /// <returns>The rule's name.</returns>
    internal string Define(string name, string body)
    {
        if (!_known.TryGetValue((name, body), out string? rule))
        {
            rule = Declare(name);
            Complete(rule, body);
            _known.Add((name, body), rule);
        }

        return rule;
    }

    /// <summary>A rule that this grammar has once, whoever needs it; it may name itself.</summary>
    internal string Once(string name, Func<string, string> body) => Once(name, name, body);

    /// <summary>A rule that this grammar has once for something.</summary>
    internal string Once(object subject, string name, Func<string, string> body)
    {
        if (!_shared.TryGetValue(subject, out string? rule))
        {
            rule = Declare(name);
            _shared.Add(subject, rule);
            Complete(rule, body(rule));
        }

        return rule;
    }

    /// <summary>Takes a name for a rule whose body comes later.</summary>
    internal string Declare(string name)
    {
        string valid = string.Concat(name.Take(MaxNameLength).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        string rule = valid.Length > 0 ? valid : "rule";
        int number = _lastNumbers.GetValueOrDefault(rule);
        string unique = number == 0 ? rule : $"{rule}-{number + 1}";
        while (!_bodies.TryAdd(unique, null))
        {
            unique = $"{rule}-{++number + 1}";
        }

        _lastNumbers[rule] = number + 1;
        _names.Add(unique);
        return unique;
    }

    /// <summary>Gives a declared rule its body.</summary>
    internal void Complete(string rule, string body) => _bodies[rule] = body;

    /// <summary>The body of an element several times, of any number, though GBNF's own repetitions are limited.</summary>
    /// <param name="element">A rule's name, or anything that may be repeated.</param>
    /// <param name="min">The least number of times.</param>
    /// <param name="max">The greatest; null: no limit.</param>
    internal string Repeat(string element, long min, long? max)
    {
        // Below GBNF's limit, with room.
        const int chunk = 1000;
        if (max is null && min < chunk)
        {
            return min switch { 0 => $"{element}*", 1 => $"{element}+", _ => $"{element}{{{min},}}" };
        }

        if (max == 0)
        {
            return "\"\"";
        }

        if (max < chunk)
        {
            return (min, max) switch { (1, 1) => element, (0, 1) => $"{element}?", _ => min == max ? $"{element}{{{min}}}" : $"{element}{{{min},{max}}}" };
        }

        string chunks = Define("chunk", $"{element}{{{chunk}}}");
        (long times, long rest) = (min / chunk, min % chunk);
        if (max is null)
        {
            return $"{Repeat(chunks, times, times)} {element}{{{rest},}}";
        }

        if (min > 0)
        {
            return $"{Repeat(chunks, times, times)} {Repeat(element, rest, rest)} ({Repeat(element, 0, max - min)})";
        }

        (times, rest) = (max.Value / chunk, max.Value % chunk);
        return $"({Repeat(chunks, 0, times - 1)} {element}{{0,{chunk - 1}}} | {Repeat(chunks, times, times)} {Repeat(element, 0, rest)})";
    }

}
