using System.Runtime.CompilerServices;

namespace LocalLlm.Chat.Templating;

/// <summary>Makes a tree of statements and expressions of a template's tokens.</summary>
internal sealed partial class TemplateParser
{
    // Of the source: parentheses, blocks, unary operators.
    private const int MaxNesting = 100;

    // Of the tree: also what is chained, as in a + b + c.
    private const int MaxDepth = 250;

    // The longest of known templates has 17,000.
    private const int MaxLength = 256 * 1024;

    private readonly List<TemplateToken> _tokens;
    private int _at;
    private int _nesting;

    // The names that the macro being read uses: caller, kwargs and varargs are passed only where they are.
    private HashSet<string> _used = [];

    // Filters and tests that are not there. Jinja refuses them at once, but not within an "if", which may never come to them.
    private readonly List<ChatTemplateException> _missing = [];

    private TemplateParser(List<TemplateToken> tokens) => _tokens = tokens;

    private TemplateToken Current => _tokens[_at];

    private TemplateToken Ahead => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    internal static Block Parse(string source)
    {
        if (source.Length > MaxLength)
        {
            throw new ChatTemplateException($"The chat template has more than {MaxLength} characters.");
        }

        TemplateParser parser = new(TemplateLexer.Read(source));
        Block block = parser.ParseBody([]);
        parser.ThrowIfMissing(since: 0);
        return block;
    }

    private TemplateToken Next() => Current.Kind == TemplateTokenKind.End ? Current : _tokens[_at++];

    private bool SkipIf(string text)
    {
        bool isThere = Current.Is(text);
        _at += isThere ? 1 : 0;
        return isThere;
    }

    private TemplateToken Expect(string text) => Current.Is(text) ? Next() : throw Error($"'{text}' is missing; there is {Describe(Current)}.", Current.Position);

    private TemplateToken Expect(TemplateTokenKind kind) =>
        Current.Kind == kind ? Next() : throw Error($"{(kind == TemplateTokenKind.Name ? "A name" : "The end of the tag")} is missing; there is {Describe(Current)}.", Current.Position);

    private void Enter()
    {
        if (++_nesting > MaxNesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Error($"The template is nested more than {_nesting - 1} deep.", Current.Position);
        }
    }

    private void ThrowIfMissing(int since)
    {
        if (_missing.Count > since)
        {
            throw _missing[since];
        }
    }

    private void ForgetMissing(int since) => _missing.RemoveRange(since, _missing.Count - since);

    private static T Checked<T>(T expression)
        where T : TemplateExpression =>
        expression.Depth <= MaxDepth ? expression : throw Error($"An expression is nested more than {MaxDepth} deep.", expression.Position);

    private static string Describe(TemplateToken token) => token.Kind switch
    {
        TemplateTokenKind.End => "the end of the template",
        TemplateTokenKind.BlockEnd or TemplateTokenKind.VariableEnd => "the end of the tag",
        TemplateTokenKind.String => "a string",
        _ => $"'{token.Text}'",
    };

    private static ChatTemplateException Error(string message, SourcePosition position) => new(message, position.Line, position.Column);
}
