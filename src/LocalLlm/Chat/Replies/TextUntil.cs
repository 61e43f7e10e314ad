using System.Text;

namespace LocalLlm.Chat.Replies;

/// <summary>
/// Writes "any text up to one of some markers" in GBNF: a rule for each beginning of a marker that the text may have just
/// written, as Knuth, Morris and Pratt do it.
/// </summary>
internal sealed class TextUntil
{
    private readonly ReplyGrammarWriter _grammar;
    private readonly bool _mayEnd;
    private readonly Dictionary<string, string> _rules = new(StringComparer.Ordinal);
    private readonly List<(string Text, string Tail, string After)> _markers = [];
    private readonly char[] _characters;

    private TextUntil(ReplyGrammarWriter grammar, string name, IEnumerable<(string Marker, string After)> markers, bool mayEnd)
    {
        _grammar = grammar;
        _mayEnd = mayEnd;
        _rules.Add("", grammar.Rules.Declare(name));
        foreach ((string marker, string after) in markers)
        {
            // A control token in it is no text, and can't be begun by text.
            (string text, int id, string behind) = grammar.Divide(marker);
            _markers.Add((text, id < 0 ? "" : $"<[{id}]> {grammar.Marker(behind)}", after));
            for (int length = 1; length < text.Length || (length == text.Length && id >= 0); length++)
            {
                if (!_rules.ContainsKey(text[..length]))
                {
                    _rules.Add(text[..length], grammar.Rules.Declare(name));
                }
            }
        }

        _characters = [.. _markers.SelectMany(m => m.Text).Distinct()];
        foreach ((string begun, string rule) in _rules)
        {
            grammar.Rules.Complete(rule, Body(begun));
        }
    }

    /// <summary>Writes the rules.</summary>
    /// <param name="grammar">Gets them.</param>
    /// <param name="name">What the text is.</param>
    /// <param name="markers">The markers, each with the rules that follow it; null: the text goes on behind it.</param>
    /// <param name="mayEnd">The text may end without a marker.</param>
    /// <returns>The name of the rule of text, marker and what follows it.</returns>
    internal static string Write(ReplyGrammarWriter grammar, string name, IEnumerable<(string Marker, string? After)> markers, bool mayEnd)
    {
        string start = grammar.Rules.Declare(name);
        TextUntil text = new(grammar, name, markers.Select(m => (m.Marker, m.After ?? start)), mayEnd);
        grammar.Rules.Complete(start, text._rules[""]);
        return start;
    }

    private string Body(string begun)
    {
        List<string> choices = _mayEnd ? ["\"\""] : [];
        Dictionary<string, StringBuilder> next = [];
        foreach (char character in _characters)
        {
            string text = begun + character;
            choices.AddRange(_markers.Where(m => m.Tail.Length == 0 && text.EndsWith(m.Text, StringComparison.Ordinal)).Select(m => $"[{Escape(character)}] {m.After}".Trim()));
            string state = LongestBegun(text);
            // A text that ends with a whole marker does not go on as text, unless a longer one begins with it.
            if (state.Length > 0 || !_markers.Exists(m => m.Tail.Length == 0 && text.EndsWith(m.Text, StringComparison.Ordinal)))
            {
                (next.TryGetValue(state, out StringBuilder? characters) ? characters : next[state] = new StringBuilder()).Append(Escape(character));
            }
        }

        choices.AddRange(next.Select(n => $"[{n.Value}] {_rules[n.Key]}"));
        choices.Add($"{(_characters.Length > 0 ? $"[^{string.Concat(_characters.Select(Escape))}]" : ".")} {_rules[""]}");
        choices.AddRange(_markers.Where(m => m.Tail.Length > 0 && begun.EndsWith(m.Text, StringComparison.Ordinal)).Select(m => $"{m.Tail} {m.After}".Trim()));
        return string.Join(" | ", choices);
    }

    private string LongestBegun(string text)
    {
        for (int start = 0; start < text.Length; start++)
        {
            if (_rules.ContainsKey(text[start..]))
            {
                return text[start..];
            }
        }

        return "";
    }

    private static string Escape(char character) => $"\\u{(int)character:X4}";
}
