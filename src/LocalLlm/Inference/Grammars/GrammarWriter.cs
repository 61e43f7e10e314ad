using System.Globalization;
using System.Text;

namespace LocalLlm.Inference;

/// <summary>
/// Writes a grammar for llama.cpp's own parser, element for element. It gets this text and never the caller's, so that
/// it only ever sees forms that are known: no comments, no raw characters, and of a token only its number.
/// </summary>
internal sealed class GrammarWriter
{
    private readonly StringBuilder _text = new();
    private readonly Func<GrammarToken, int> _resolve;

    private GrammarWriter(Func<GrammarToken, int> resolve) => _resolve = resolve;

    internal static string Write(IReadOnlyList<GrammarRule> rules, Func<GrammarToken, int> resolve)
    {
        GrammarWriter writer = new(resolve);

        // In the order of the definitions: llama.cpp's limit of repetitions counts names as it meets them.
        foreach (GrammarRule rule in rules.Where(r => r.Name is not null).OrderBy(r => r.DefinedAt))
        {
            writer._text.Append(rule.Name).Append(" ::= ");
            writer.Write(rule.Alternatives);
            writer._text.Append('\n');
        }

        return writer._text.ToString();
    }

    private void Write(IReadOnlyList<IReadOnlyList<GrammarElement>> alternatives)
    {
        for (int i = 0; i < alternatives.Count; i++)
        {
            _text.Append(i > 0 ? " | " : "");
            if (alternatives[i].Count == 0)
            {
                // After nothing at all the next line would be read on.
                _text.Append("\"\"");
            }

            foreach (GrammarElement element in alternatives[i])
            {
                Write(element);
                _text.Append(' ');
            }
        }
    }

    private void Write(GrammarElement element)
    {
        switch (element)
        {
            case GrammarText text:
                _text.Append('"');
                Array.ForEach(text.CodePoints, Write);
                _text.Append('"');
                break;
            case GrammarClass characters:
                _text.Append(characters.IsNegated ? "[^" : "[");
                Array.ForEach(characters.Ranges, Write);
                _text.Append(']');
                break;
            case GrammarAny:
                _text.Append('.');
                break;
            case GrammarToken token:
                _text.Append(CultureInfo.InvariantCulture, $"{(token.IsNegated ? "!" : "")}<[{_resolve(token)}]>");
                break;
            case GrammarReference { Rule.Name: { } name }:
                _text.Append(name);
                break;
            case GrammarReference reference:
                _text.Append('(');
                Write(reference.Rule.Alternatives);
                _text.Append(')');
                break;
            case GrammarRepetition repetition:
                Write(repetition.Inner);
                _text.Append(CultureInfo.InvariantCulture, $"{{{repetition.Min},{repetition.Max}}}");
                break;
        }
    }

    private void Write((int First, int Last) range)
    {
        Write(range.First);
        if (range.Last > range.First)
        {
            _text.Append('-');
            Write(range.Last);
        }
    }

    private void Write(int codePoint)
    {
        if (codePoint < 128 && char.IsAsciiLetterOrDigit((char)codePoint))
        {
            _text.Append((char)codePoint);
        }
        else
        {
            _text.Append(codePoint <= 0xFF ? "\\x" : "\\U").Append(codePoint.ToString(codePoint <= 0xFF ? "X2" : "X8", CultureInfo.InvariantCulture));
        }
    }
}
