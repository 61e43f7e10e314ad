namespace LocalLlm.Chat.Templating;

internal sealed partial class Parser
{
    private int _loops;

    // Reads up to a block that starts with one of the words, and stands on that word.
    private Block ParseBody(string[] ends)
    {
        Enter();
        List<Statement> statements = [];
        while (true)
        {
            Token token = Next();
            switch (token.Kind)
            {
                case TokenKind.End:
                    _nesting--;
                    return ends.Length == 0 ? new Block([.. statements]) : throw Error($"'{ends[0]}' is missing.", token.Position);
                case TokenKind.Data:
                    statements.Add(new Data(token.Text));
                    break;
                case TokenKind.VariableBegin:
                    statements.Add(new Output(ParseTuple()));
                    Expect(TokenKind.VariableEnd);
                    break;
                default:
                    if (Current.Kind == TokenKind.Name && ends.Contains(Current.Text))
                    {
                        _nesting--;
                        return new Block([.. statements]);
                    }

                    statements.Add(ParseStatement());
                    Expect(TokenKind.BlockEnd);
                    break;
            }
        }
    }

    private Block ParseBlock(params string[] ends)
    {
        Expect(TokenKind.BlockEnd);
        return ParseBody(ends);
    }

    // The body to the one word that ends it.
    private Block ParseUntil(string end)
    {
        Block body = ParseBlock(end);
        Next();
        return body;
    }

    private Statement ParseStatement()
    {
        Token word = Expect(TokenKind.Name);
        switch (word.Text)
        {
            case "for": return ParseFor();
            case "if": return ParseIf();
            case "set": return ParseSet();
            case "macro": return ParseMacro(word.Position);
            case "call": return ParseCallBlock(word.Position);
            case "filter":
                Filtered filter = ParseFilterChain(null);
                return new FilterBlock(filter, ParseUntil("endfilter"));
            case "with": return ParseWith();
            case "generation": return new ScopedBlock(ParseUntil("endgeneration"));
            case "print": return new Output(ParseTuple());
            case "block":
                string name = Expect(TokenKind.Name).Text;
                _ = SkipIf("scoped") || SkipIf("required");
                Block body = ParseUntil("endblock");
                _ = SkipIf(name);
                return new ScopedBlock(body);
            case "break" or "continue":
                return _loops > 0 ? new Jump(word.Text == "break" ? Flow.Break : Flow.Continue) : throw Error($"'{word.Text}' stands outside a loop.", word.Position);
            case "include" or "import" or "from" or "extends":
                throw Error($"'{word.Text}' reads another template; a chat template has to stand alone.", word.Position);
            default:
                throw Error($"The statement '{word.Text}' is not known.", word.Position);
        }
    }

    private Filtered ParseFilterChain(Expression? target)
    {
        Filtered filter = ParseFilter(target);
        while (SkipIf("|"))
        {
            filter = ParseFilter(filter);
        }

        return filter;
    }

    private If ParseIf()
    {
        List<(Expression?, Block)> branches = [(ParseTuple(withConditional: false), ParseBlock("elif", "else", "endif"))];
        while (true)
        {
            switch (Next().Text)
            {
                case "elif":
                    branches.Add((ParseTuple(withConditional: false), ParseBlock("elif", "else", "endif")));
                    break;
                case "else":
                    branches.Add((null, ParseUntil("endif")));
                    return new If([.. branches]);
                default:
                    return new If([.. branches]);
            }
        }
    }

    private For ParseFor()
    {
        Position position = Current.Position;
        Target target = ParseTarget(end: "in", withNamespace: false);
        Expect("in");
        Expression items = ParseTuple(withConditional: false, end: "recursive");
        Expression? filter = SkipIf("if") ? ParseExpression() : null;
        bool isRecursive = SkipIf("recursive");
        _loops++;
        Block body = ParseBlock("endfor", "else");
        _loops--;
        Block? otherwise = Next().Text == "else" ? ParseUntil("endfor") : null;
        return new For(position, target, items, filter, isRecursive, body, otherwise);
    }

    private Statement ParseSet()
    {
        Target target = ParseTarget(end: null, withNamespace: true);
        if (SkipIf("="))
        {
            return new Assignment(target, ParseTuple());
        }

        Filtered? filter = SkipIf("|") ? ParseFilterChain(null) : null;
        return new CaptureBlock(target, filter, ParseUntil("endset"));
    }

    private Target ParseTarget(string? end, bool withNamespace)
    {
        HashSet<string> used = _used;
        _used = [];
        Expression expression = ParseTuple(isSimple: true, end: end, withNamespace: withNamespace);
        _used = used;
        return ToTarget(expression);
    }

    private static Target ToTarget(Expression expression) => expression switch
    {
        Name name => new Target(name.Position, name.Text, null, null),
        Member { Target: Name of } member => new Target(member.Position, of.Text, member.Name, null),
        Sequence { IsTuple: true } tuple => new Target(tuple.Position, "", null, [.. tuple.Items.Select(ToTarget)]),
        _ => throw Error("This can't be assigned to.", expression.Position),
    };

    private With ParseWith()
    {
        List<(Target, Expression)> values = [];
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
            {
                Expect(",");
            }

            Token name = Expect(TokenKind.Name);
            Expect("=");
            values.Add((new Target(name.Position, name.Text, null, null), ParseExpression()));
        }

        return new With([.. values], ParseUntil("endwith"));
    }

    private MacroDefinition ParseMacro(Position position)
    {
        string name = Expect(TokenKind.Name).Text;
        return ParseMacro(position, name, ParseSignature(), "endmacro");
    }

    private CallBlock ParseCallBlock(Position position)
    {
        List<(string, Expression?)> parameters = Current.Is("(") ? ParseSignature() : [];
        Call call = ParseExpression() as Call ?? throw Error("A call is missing.", position);
        return new CallBlock(call, ParseMacro(position, "caller", parameters, "endcall"));
    }

    private MacroDefinition ParseMacro(Position position, string name, List<(string, Expression?)> parameters, string end)
    {
        (HashSet<string> used, int loops) = (_used, _loops);
        (_used, _loops) = ([], 0);
        Block body = ParseUntil(end);
        MacroDefinition macro = new(position, name, [.. parameters], body, _used.Contains("caller"), _used.Contains("kwargs"), _used.Contains("varargs"));
        (_used, _loops) = (used, loops);
        return macro;
    }

    private List<(string Name, Expression? Default)> ParseSignature()
    {
        Expect("(");
        return ParseItems(")", () => (Expect(TokenKind.Name).Text, SkipIf("=") ? ParseExpression() : null));
    }
}
