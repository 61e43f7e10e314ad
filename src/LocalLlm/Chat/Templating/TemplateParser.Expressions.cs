using System.Globalization;
using System.Text;

namespace LocalLlm.Chat.Templating;

internal sealed partial class TemplateParser
{
    // From loose to tight. Power goes from left to right, unlike in Python.
    private static readonly string[][] BinaryOperators = [["+", "-"], ["~"], ["*", "/", "//", "%"], ["**"]];

    private TemplateExpression ParseExpression(bool withConditional = true)
    {
        Enter();
        TemplateExpression expression = withConditional ? ParseConditional() : ParseOr();
        _nesting--;
        return expression;
    }

    private TemplateExpression ParseConditional()
    {
        SourcePosition position = Current.Position;
        int missing = _missing.Count;
        TemplateExpression then = ParseOr();
        while (SkipIf("if"))
        {
            TemplateExpression condition = ParseOr();
            TemplateExpression? otherwise = SkipIf("else") ? ParseExpression() : null;
            then = Checked(new ConditionalExpression(position, condition, then, otherwise));
            ForgetMissing(missing);
        }

        return then;
    }

    private TemplateExpression ParseOr()
    {
        TemplateExpression left = ParseAnd();
        while (Current.Is("or"))
        {
            SourcePosition position = Next().Position;
            left = Checked(new LogicalExpression(position, isAnd: false, left, ParseAnd()));
        }

        return left;
    }

    private TemplateExpression ParseAnd()
    {
        TemplateExpression left = ParseNot();
        while (Current.Is("and"))
        {
            SourcePosition position = Next().Position;
            left = Checked(new LogicalExpression(position, isAnd: true, left, ParseNot()));
        }

        return left;
    }

    private TemplateExpression ParseNot()
    {
        if (!Current.Is("not"))
        {
            return ParseComparison();
        }

        Enter();
        SourcePosition position = Next().Position;
        TemplateExpression operand = ParseNot();
        _nesting--;
        return Checked(new UnaryExpression(position, "not", operand));
    }

    private TemplateExpression ParseComparison()
    {
        TemplateExpression first = ParseBinary();
        List<(string, TemplateExpression)> rest = [];
        SourcePosition position = Current.Position;
        while (true)
        {
            if (Current.Kind == TemplateTokenKind.Operator && Current.Text is "==" or "!=" or "<" or "<=" or ">" or ">=" || Current.Is("in"))
            {
                string symbol = Next().Text;
                rest.Add((symbol, ParseBinary()));
            }
            else if (Current.Is("not") && Ahead.Is("in"))
            {
                Next();
                Next();
                rest.Add(("not in", ParseBinary()));
            }
            else
            {
                return rest.Count == 0 ? first : Checked(new ComparisonExpression(position, first, [.. rest]));
            }
        }
    }

    private TemplateExpression ParseBinary(int level = 0)
    {
        if (level == BinaryOperators.Length)
        {
            return ParseUnary();
        }

        TemplateExpression left = ParseBinary(level + 1);
        while (Current.Kind == TemplateTokenKind.Operator && BinaryOperators[level].Contains(Current.Text))
        {
            TemplateToken symbol = Next();
            left = Checked(new BinaryExpression(symbol.Position, symbol.Text, left, ParseBinary(level + 1)));
        }

        return left;
    }

    private TemplateExpression ParseUnary(bool withFilter = true)
    {
        Enter();
        TemplateToken token = Current;
        TemplateExpression expression;
        if (token.Kind == TemplateTokenKind.Operator && token.Text is "-" or "+")
        {
            Next();
            expression = Checked(new UnaryExpression(token.Position, token.Text, ParseUnary(withFilter: false)));
        }
        else
        {
            expression = ParsePrimary();
        }

        expression = ParsePostfix(expression);
        _nesting--;
        return withFilter ? ParseFilters(expression) : expression;
    }

    private TemplateExpression ParsePrimary(bool withNamespace = false)
    {
        TemplateToken token = Next();
        switch (token.Kind)
        {
            case TemplateTokenKind.Name when withNamespace && Current.Is("."):
                Next();
                return new MemberExpression(token.Position, new NameExpression(token.Position, token.Text), Expect(TemplateTokenKind.Name).Text);
            case TemplateTokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new ConstantExpression(token.Position, true),
                    "false" or "False" => new ConstantExpression(token.Position, false),
                    "none" or "None" => new ConstantExpression(token.Position, NoneValue.Instance),
                    _ => NameOf(token),
                };
            case TemplateTokenKind.String:
                StringBuilder text = new(token.Text);
                while (Current.Kind == TemplateTokenKind.String)
                {
                    text.Append(Next().Text);
                }

                return new ConstantExpression(token.Position, text.ToString());
            case TemplateTokenKind.Integer:
                return new ConstantExpression(token.Position, IntegerValue.Of(NumberText.ParseWhole(token.Text, 0) ?? throw Error($"'{token.Text}' is not a number.", token.Position)));
            case TemplateTokenKind.Float:
                return new ConstantExpression(token.Position, double.Parse(token.Text, CultureInfo.InvariantCulture));
            case TemplateTokenKind.Operator when token.Text == "(":
                TemplateExpression inner = ParseTuple(isInParentheses: true);
                Expect(")");
                return inner;
            case TemplateTokenKind.Operator when token.Text == "[":
                return new SequenceExpression(token.Position, isTuple: false, [.. ParseItems("]", () => ParseExpression())]);
            case TemplateTokenKind.Operator when token.Text == "{":
                return new DictExpression(token.Position, [.. ParseItems("}", ParsePair)]);
            default:
                throw Error($"An expression is missing; there is {Describe(token)}.", token.Position);
        }
    }

    private (TemplateExpression, TemplateExpression) ParsePair()
    {
        TemplateExpression key = ParseExpression();
        Expect(":");
        return (key, ParseExpression());
    }

    private List<T> ParseItems<T>(string closing, Func<T> parse)
    {
        List<T> items = [];
        while (!Current.Is(closing))
        {
            if (items.Count > 0)
            {
                Expect(",");
                if (Current.Is(closing))
                {
                    break;
                }
            }

            items.Add(parse());
        }

        Expect(closing);
        return items;
    }

    private NameExpression NameOf(TemplateToken token)
    {
        _used.Add(token.Text);
        return new NameExpression(token.Position, token.Text);
    }

    private TemplateExpression ParseTuple(
        bool isSimple = false, bool withConditional = true, string? end = null, bool isInParentheses = false, bool withNamespace = false)
    {
        SourcePosition position = Current.Position;
        List<TemplateExpression> items = [];
        bool isTuple = false;
        while (true)
        {
            if (items.Count > 0)
            {
                Expect(",");
            }

            if (Current.Kind is TemplateTokenKind.VariableEnd or TemplateTokenKind.BlockEnd || Current.Is(")") || (end is not null && Current.Is(end)))
            {
                break;
            }

            items.Add(isSimple ? ParsePrimary(withNamespace) : ParseExpression(withConditional));
            if (!Current.Is(","))
            {
                break;
            }

            isTuple = true;
        }

        if (!isTuple && items.Count > 0)
        {
            return items[0];
        }

        return isTuple || isInParentheses
            ? Checked(new SequenceExpression(position, isTuple: true, [.. items]))
            : throw Error($"An expression is missing; there is {Describe(Current)}.", Current.Position);
    }
}
