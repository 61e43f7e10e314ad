using System.Globalization;
using System.Text;

namespace LocalLlm.Chat.Templating;

internal sealed partial class Parser
{
    private Expression ParseExpression(bool withConditional = true)
    {
        Enter();
        Expression expression = withConditional ? ParseConditional() : ParseOr();
        _nesting--;
        return expression;
    }

    private Expression ParseConditional()
    {
        Position position = Current.Position;
        Expression then = ParseOr();
        while (SkipIf("if"))
        {
            Expression condition = ParseOr();
            Expression? otherwise = SkipIf("else") ? ParseExpression() : null;
            then = Checked(new Conditional(position, condition, then, otherwise));
        }

        return then;
    }

    private Expression ParseOr()
    {
        Expression left = ParseAnd();
        while (Current.Is("or"))
        {
            Position position = Next().Position;
            left = Checked(new Logical(position, isAnd: false, left, ParseAnd()));
        }

        return left;
    }

    private Expression ParseAnd()
    {
        Expression left = ParseNot();
        while (Current.Is("and"))
        {
            Position position = Next().Position;
            left = Checked(new Logical(position, isAnd: true, left, ParseNot()));
        }

        return left;
    }

    private Expression ParseNot()
    {
        if (!Current.Is("not"))
        {
            return ParseComparison();
        }

        Enter();
        Position position = Next().Position;
        Expression operand = ParseNot();
        _nesting--;
        return Checked(new Unary(position, "not", operand));
    }

    private Expression ParseComparison()
    {
        Expression first = ParseSum();
        List<(string, Expression)> rest = [];
        Position position = Current.Position;
        while (true)
        {
            if (Current.Kind == TokenKind.Operator && Current.Text is "==" or "!=" or "<" or "<=" or ">" or ">=" || Current.Is("in"))
            {
                string symbol = Next().Text;
                rest.Add((symbol, ParseSum()));
            }
            else if (Current.Is("not") && Ahead.Is("in"))
            {
                Next();
                Next();
                rest.Add(("not in", ParseSum()));
            }
            else
            {
                return rest.Count == 0 ? first : Checked(new Comparison(position, first, [.. rest]));
            }
        }
    }

    private Expression ParseSum() => ParseBinary(ParseConcatenation, "+", "-");

    private Expression ParseConcatenation() => ParseBinary(ParseProduct, "~");

    private Expression ParseProduct() => ParseBinary(ParsePower, "*", "/", "//", "%");

    // Jinja's power goes from left to right, unlike Python's.
    private Expression ParsePower() => ParseBinary(() => ParseUnary(), "**");

    private Expression ParseBinary(Func<Expression> operand, params ReadOnlySpan<string> symbols)
    {
        Expression left = operand();
        while (Current.Kind == TokenKind.Operator && symbols.Contains(Current.Text))
        {
            Token symbol = Next();
            left = Checked(new Binary(symbol.Position, symbol.Text, left, operand()));
        }

        return left;
    }

    private Expression ParseUnary(bool withFilter = true)
    {
        Enter();
        Token token = Current;
        Expression expression;
        if (token.Kind == TokenKind.Operator && token.Text is "-" or "+")
        {
            Next();
            expression = Checked(new Unary(token.Position, token.Text, ParseUnary(withFilter: false)));
        }
        else
        {
            expression = ParsePrimary();
        }

        expression = ParsePostfix(expression);
        _nesting--;
        return withFilter ? ParseFilters(expression) : expression;
    }

    private Expression ParsePrimary(bool withNamespace = false)
    {
        Token token = Next();
        switch (token.Kind)
        {
            case TokenKind.Name when withNamespace && Current.Is("."):
                Next();
                return new Member(token.Position, new Name(token.Position, token.Text), Expect(TokenKind.Name).Text);
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Constant(token.Position, true),
                    "false" or "False" => new Constant(token.Position, false),
                    "none" or "None" => new Constant(token.Position, NoneValue.Instance),
                    _ => NameOf(token),
                };
            case TokenKind.String:
                StringBuilder text = new(token.Text);
                while (Current.Kind == TokenKind.String)
                {
                    text.Append(Next().Text);
                }

                return new Constant(token.Position, text.ToString());
            case TokenKind.Integer:
                return new Constant(token.Position, IntegerValue.Of(NumberText.ParseWhole(token.Text, 0) ?? throw Error($"'{token.Text}' is not a number.", token.Position)));
            case TokenKind.Float:
                return new Constant(token.Position, double.Parse(token.Text, CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Text == "(":
                Expression inner = ParseTuple(isInParentheses: true);
                Expect(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return new Sequence(token.Position, isTuple: false, [.. ParseItems("]", () => ParseExpression())]);
            case TokenKind.Operator when token.Text == "{":
                return new Dict(token.Position, [.. ParseItems("}", ParsePair)]);
            default:
                throw Error($"An expression is missing; there is {Describe(token)}.", token.Position);
        }
    }

    private (Expression, Expression) ParsePair()
    {
        Expression key = ParseExpression();
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

    private Name NameOf(Token token)
    {
        _used.Add(token.Text);
        return new Name(token.Position, token.Text);
    }

    private Expression ParseTuple(
        bool isSimple = false, bool withConditional = true, string? end = null, bool isInParentheses = false, bool withNamespace = false)
    {
        Position position = Current.Position;
        List<Expression> items = [];
        bool isTuple = false;
        while (true)
        {
            if (items.Count > 0)
            {
                Expect(",");
            }

            if (Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || Current.Is(")") || (end is not null && Current.Is(end)))
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
            ? Checked(new Sequence(position, isTuple: true, [.. items]))
            : throw Error($"An expression is missing; there is {Describe(Current)}.", Current.Position);
    }

    private Expression ParsePostfix(Expression expression)
    {
        while (true)
        {
            if (Current.Is(".") || Current.Is("["))
            {
                expression = Checked(ParseSubscript(expression));
            }
            else if (Current.Is("("))
            {
                expression = Checked(new Call(Current.Position, expression, ParseArguments()));
            }
            else
            {
                return expression;
            }
        }
    }

    private Expression ParseFilters(Expression expression)
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
                expression = Checked(new Call(Current.Position, expression, ParseArguments()));
            }
            else
            {
                return expression;
            }
        }
    }

    private Filtered ParseFilter(Expression? target)
    {
        Token name = Expect(TokenKind.Name);
        return Checked(new Filtered(name.Position, target, name.Text + ParseDottedRest(), Current.Is("(") ? ParseArguments() : ArgumentList.Empty));
    }

    private string ParseDottedRest()
    {
        string rest = "";
        while (SkipIf("."))
        {
            rest += "." + Expect(TokenKind.Name).Text;
        }

        return rest;
    }

    private Expression ParseTest(Expression target)
    {
        Position position = Next().Position;
        bool isNegated = SkipIf("not");
        string name = Expect(TokenKind.Name).Text + ParseDottedRest();
        ArgumentList arguments = ArgumentList.Empty;
        if (Current.Is("("))
        {
            arguments = ParseArguments();
        }
        else if (Current.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float || Current.Is("[") || Current.Is("{")
            || (Current.Kind == TokenKind.Name && Current.Text is not ("else" or "or" or "and")))
        {
            if (Current.Is("is"))
            {
                throw Error("Tests can't be chained.", Current.Position);
            }

            arguments = new ArgumentList([ParsePostfix(ParsePrimary())], [], null, null);
        }

        Expression test = Checked(new Tested(position, target, name, arguments));
        return isNegated ? Checked(new Unary(position, "not", test)) : test;
    }

    private Expression ParseSubscript(Expression target)
    {
        Token opening = Next();
        if (opening.Text == ".")
        {
            Token name = Next();
            return name.Kind switch
            {
                TokenKind.Name => new Member(name.Position, target, name.Text),
                TokenKind.Integer => new Subscript(name.Position, target, new Constant(name.Position, IntegerValue.Of(NumberText.ParseWhole(name.Text, 10) ?? 0))),
                _ => throw Error($"A name is missing behind '.'; there is {Describe(name)}.", name.Position),
            };
        }

        List<Expression> keys = [];
        while (!Current.Is("]"))
        {
            if (keys.Count > 0)
            {
                Expect(",");
            }

            Expression? start = Current.Is(":") ? null : ParseExpression();
            if (!Current.Is(":"))
            {
                keys.Add(start ?? throw Error("A subscript is missing.", Current.Position));
                continue;
            }

            Next();
            Expression? stop = Current.Is(":") || Current.Is("]") || Current.Is(",") ? null : ParseExpression();
            Expression? step = SkipIf(":") && !Current.Is("]") && !Current.Is(",") ? ParseExpression() : null;
            Expect("]");
            return keys.Count == 0 ? new Slice(opening.Position, target, start, stop, step) : throw Error("A slice can't be part of a tuple.", opening.Position);
        }

        Expect("]");
        return keys.Count == 1
            ? new Subscript(opening.Position, target, keys[0])
            : new Subscript(opening.Position, target, new Sequence(opening.Position, isTuple: true, [.. keys]));
    }

    private ArgumentList ParseArguments()
    {
        Position position = Expect("(").Position;
        List<Expression> positional = [];
        List<KeyValuePair<string, Expression>> named = [];
        Expression? spread = null;
        Expression? spreadNamed = null;
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
            else if (Current.Kind == TokenKind.Name && Ahead.Is("="))
            {
                string name = Next().Text;
                Next();
                isInOrder &= named.TrueForAll(n => n.Key != name);
                named.Add(KeyValuePair.Create(name, ParseExpression()));
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
