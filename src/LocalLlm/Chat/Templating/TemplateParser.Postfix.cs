namespace LocalLlm.Chat.Templating;

// What can follow a value: .name, [key], (arguments), |filter, is test.
internal sealed partial class TemplateParser
{
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
