using System.Text;
using System.Text.Json;
using LocalLlm.Chat.Schema;

namespace LocalLlm.Chat.Replies;

/// <summary>Writes the grammar of one call's reply: what its parts share.</summary>
/// <param name="options">What the reply is to be like.</param>
internal sealed class ReplyGrammarWriter(ReplyGrammarOptions options)
{
    private readonly (string Text, int Id)[] _tokens = [.. options.ControlTokens.Where(t => t.Text.Length > 0).OrderByDescending(t => t.Text.Length)];

    internal GrammarWriter Rules { get; } = new();

    internal ReplyGrammarOptions Options => options;

    /// <summary>White space between markup, and none.</summary>
    internal string Gap => Rules.Once("space", static _ => "[ \\t\\r\\n]{0,16}");

    /// <summary>A text of markup: its control tokens as tokens, all else as text.</summary>
    internal string Marker(string text)
    {
        StringBuilder written = new();
        while (text.Length > 0)
        {
            (string before, int id, string behind) = Divide(text);
            written.Append(before.Length > 0 ? $" {GrammarWriter.Literal(before)}" : "").Append(id >= 0 ? $" <[{id}]>" : "");
            text = behind;
        }

        return written.ToString().Trim();
    }

    /// <summary>The text before the first control token in a marker, that token, and what is behind it; without one the token is -1.</summary>
    internal (string Before, int Id, string Behind) Divide(string text)
    {
        (string Before, int Id, string Behind) first = (text, -1, "");
        foreach ((string token, int id) in _tokens)
        {
            int at = text.IndexOf(token, StringComparison.Ordinal);
            if (at >= 0 && at < first.Before.Length)
            {
                first = (text[..at], id, text[(at + token.Length)..]);
            }
        }

        return first;
    }

    /// <summary>The control tokens in some texts of markup.</summary>
    internal IEnumerable<string> TokensIn(IEnumerable<string> markers) => _tokens.Select(t => t.Text).Where(t => markers.Any(m => m.Contains(t, StringComparison.Ordinal)));

    /// <summary>The rule of a function's arguments in JSON.</summary>
    internal string Arguments(ReplyFunction function) => function.Parameters.ValueKind == JsonValueKind.Object && function.Parameters.EnumerateObject().Any()
        ? Rules.Once($"{function.Name} arguments", _ => JsonGrammar.Write(Rules, function.Parameters))
        : JsonGrammar.WriteAny(Rules);

    /// <summary>The rule of the answer in JSON.</summary>
    internal string JsonAnswer() => options.AnswerSchema is { } schema ? JsonGrammar.Write(Rules, schema) : JsonGrammar.WriteAny(Rules);
}
