namespace LocalLlm.Chat.Templating;

/// <summary>Makes a tree of statements and expressions of a template's tokens.</summary>
internal sealed partial class Parser
{
    // Of the source: parentheses, blocks, unary operators.
    private const int MaxNesting = 200;

    // Of the tree: also what is chained, as in a + b + c.
    private const int MaxDepth = 400;

    private readonly List<Token> _tokens;
    private int _at;
    private int _nesting;

    // The names that the macro being read uses: caller, kwargs and varargs are passed only where they are.
    private HashSet<string> _used = [];

    private Parser(List<Token> tokens) => _tokens = tokens;

    private Token Current => _tokens[_at];

    private Token Ahead => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    internal static Block Parse(string source)
    {
        Parser parser = new(Lexer.Read(source));
        Block block = parser.ParseBody([]);
        return block;
    }

    private Token Next() => Current.Kind == TokenKind.End ? Current : _tokens[_at++];

    private bool SkipIf(string text)
    {
        bool isThere = Current.Is(text);
        _at += isThere ? 1 : 0;
        return isThere;
    }

    private Token Expect(string text) => Current.Is(text) ? Next() : throw Error($"'{text}' is missing; there is {Describe(Current)}.", Current.Position);

    private Token Expect(TokenKind kind) =>
        Current.Kind == kind ? Next() : throw Error($"{(kind == TokenKind.Name ? "A name" : "The end of the tag")} is missing; there is {Describe(Current)}.", Current.Position);

    private void Enter()
    {
        if (++_nesting > MaxNesting)
        {
            throw Error($"The template is nested more than {MaxNesting} deep.", Current.Position);
        }
    }

    private static T Checked<T>(T expression)
        where T : Expression =>
        expression.Depth <= MaxDepth ? expression : throw Error($"An expression is nested more than {MaxDepth} deep.", expression.Position);

    private static string Describe(Token token) => token.Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.BlockEnd or TokenKind.VariableEnd => "the end of the tag",
        TokenKind.String => "a string",
        _ => $"'{token.Text}'",
    };

    private static ChatTemplateException Error(string message, Position position) => new(message, position.Line, position.Column);
}
