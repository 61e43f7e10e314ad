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

    private TemplateExpression ParsePostfix(TemplateExpression expression)
    {
        while (true)
        {
            if (Current.Is(".") || Current.Is("["))
            {
                expression = Checked(ParseSubscript(expression));
            }
            else if (Current.Is("("))
            {
                expression = Checked(new CallExpression(Current.Position, expression, ParseArguments()));
            }
            else
            {
                return expression;
            }
        }
    }

    private TemplateExpression ParseFilters(TemplateExpression expression)
    {
        while (true)
        {
            if (Current.Is("|"))
            {
                Next();
                expression = ParseFilter(expression);
            }
            else if (Current.Is("is"))
            {
                expression = Checked(ParseTest(expression));
            }
            else if (Current.Is("("))
            {
                expression = Checked(new CallExpression(Current.Position, expression, ParseArguments()));
            }
            else
            {
                return expression;
            }
        }
    }

    private FilterExpression ParseFilter(TemplateExpression? target)
    {
        TemplateToken name = Expect(TemplateTokenKind.Name);
        if (Filters.Find(name.Text) is null)
        {
            _missing.Add(Error(Filters.Missing(name.Text).Message, name.Position));
        }

        return Checked(new FilterExpression(name.Position, target, name.Text, Current.Is("(") ? ParseArguments() : ArgumentList.Empty));
    }

    private TemplateExpression ParseTest(TemplateExpression target)
    {
        SourcePosition position = Next().Position;
        bool isNegated = SkipIf("not");
        TemplateToken name = Expect(TemplateTokenKind.Name);
        if (Tests.Find(name.Text) is null)
        {
            _missing.Add(Error(Tests.Missing(name.Text).Message, name.Position));
        }

        ArgumentList arguments = ArgumentList.Empty;
        if (Current.Is("("))
        {
            arguments = ParseArguments();
        }
        else if (Current.Kind is TemplateTokenKind.String or TemplateTokenKind.Integer or TemplateTokenKind.Float || Current.Is("[") || Current.Is("{")
            || (Current.Kind == TemplateTokenKind.Name && Current.Text is not ("else" or "or" or "and")))
        {
            if (Current.Is("is"))
            {
                throw Error("Tests can't be chained.", Current.Position);
            }

            arguments = new ArgumentList([ParsePostfix(ParsePrimary())], [], null, null);
        }

        TemplateExpression test = Checked(new TestExpression(position, target, name.Text, arguments));
        return isNegated ? Checked(new UnaryExpression(position, "not", test)) : test;
    }

    private TemplateExpression ParseSubscript(TemplateExpression target)
    {
        TemplateToken opening = Next();
        if (opening.Text == ".")
        {
            TemplateToken name = Next();
            return name.Kind switch
            {
                TemplateTokenKind.Name => new MemberExpression(name.Position, target, name.Text),
                TemplateTokenKind.Integer => new SubscriptExpression(name.Position, target, new ConstantExpression(name.Position, IntegerValue.Of(NumberText.ParseWhole(name.Text, 10) ?? 0))),
                _ => throw Error($"A name is missing behind '.'; there is {Describe(name)}.", name.Position),
            };
        }

        List<TemplateExpression> keys = [];
        while (!Current.Is("]"))
        {
            if (keys.Count > 0)
            {
                Expect(",");
            }

            TemplateExpression? start = Current.Is(":") ? null : ParseExpression();
            if (!Current.Is(":"))
            {
                keys.Add(start ?? throw Error("A subscript is missing.", Current.Position));
                continue;
            }

            Next();
            TemplateExpression? stop = Current.Is(":") || Current.Is("]") || Current.Is(",") ? null : ParseExpression();
            TemplateExpression? step = SkipIf(":") && !Current.Is("]") && !Current.Is(",") ? ParseExpression() : null;
            Expect("]");
            return keys.Count == 0 ? new SliceExpression(opening.Position, target, start, stop, step) : throw Error("A slice can't be part of a tuple.", opening.Position);
        }

        Expect("]");
        return keys.Count == 1
            ? new SubscriptExpression(opening.Position, target, keys[0])
            : new SubscriptExpression(opening.Position, target, new SequenceExpression(opening.Position, isTuple: true, [.. keys]));
    }

    private ArgumentList ParseArguments()
    {
        SourcePosition position = Expect("(").Position;
        List<TemplateExpression> positional = [];
        List<KeyValuePair<StringValue, TemplateExpression>> named = [];
        HashSet<string> names = [];
        TemplateExpression? spread = null;
        TemplateExpression? spreadNamed = null;
        ParseItems(")", () =>
        {
            bool isInOrder = spreadNamed is null;
            if (SkipIf("*"))
            {
                isInOrder &= spread is null;
                spread = ParseExpression();
            }
            else if (SkipIf("**"))
            {
                spreadNamed = ParseExpression();
            }
            else if (Current.Kind == TemplateTokenKind.Name && Ahead.Is("="))
            {
                string name = Next().Text;
                Next();
                isInOrder &= names.Add(name);
                named.Add(KeyValuePair.Create(new StringValue(name), ParseExpression()));
            }
            else
            {
                isInOrder &= spread is null && named.Count == 0;
                positional.Add(ParseExpression());
            }

            return isInOrder ? true : throw Error("The arguments of this call are in no valid order.", position);
        });
        return positional.Count + named.Count == 0 && spread is null && spreadNamed is null
            ? ArgumentList.Empty
            : new ArgumentList([.. positional], [.. named], spread, spreadNamed);
    }
}
