namespace LocalLlm.Chat.Templating;

internal sealed partial class TemplateParser
{
    private int _loops;

    // Reads up to a block that starts with one of the words, and stands on that word.
    private Block ParseBody(string[] ends)
    {
        Enter();
        List<TemplateStatement> statements = [];
        while (true)
        {
            TemplateToken token = Next();
            switch (token.Kind)
            {
                case TemplateTokenKind.End:
                    _nesting--;
                    return ends.Length == 0 ? new Block([.. statements]) : throw Error($"'{ends[0]}' is missing.", token.Position);
                case TemplateTokenKind.Data:
                    statements.Add(new DataStatement(token.Text));
                    break;
                case TemplateTokenKind.VariableBegin:
                    statements.Add(new OutputStatement(ParseTuple()));
                    Expect(TemplateTokenKind.VariableEnd);
                    break;
                default:
                    if (Current.Kind == TemplateTokenKind.Name && ends.Contains(Current.Text))
                    {
                        _nesting--;
                        return new Block([.. statements]);
                    }

                    statements.Add(ParseStatement());
                    Expect(TemplateTokenKind.BlockEnd);
                    break;
            }
        }
    }

    private Block ParseBlock(params string[] ends)
    {
        Expect(TemplateTokenKind.BlockEnd);
        return ParseBody(ends);
    }

    // The body to the one word that ends it.
    private Block ParseUntil(string end)
    {
        Block body = ParseBlock(end);
        Next();
        return body;
    }

    // The same for a body with names of its own: an "if" around it excuses nothing that is missing in it.
    private Block ParseScoped(string end)
    {
        int missing = _missing.Count;
        Block body = ParseUntil(end);
        ThrowIfMissing(missing);
        return body;
    }

    private TemplateStatement ParseStatement()
    {
        TemplateToken word = Expect(TemplateTokenKind.Name);
        switch (word.Text)
        {
            case "for": return ParseFor();
            case "if": return ParseIf();
            case "set": return ParseSet();
            case "macro": return ParseMacro();
            case "call": return ParseCallBlock(word.Position);
            case "filter":
                FilterExpression filter = ParseFilterChain(null);
                return new FilterBlock(filter, ParseScoped("endfilter"));
            case "with": return ParseWith();
            case "generation": return new ScopedBlock(ParseScoped("endgeneration"));
            case "print": return new OutputStatement(ParseTuple());
            case "block":
                string name = Expect(TemplateTokenKind.Name).Text;
                _ = SkipIf("scoped") || SkipIf("required");
                Block body = ParseScoped("endblock");
                _ = SkipIf(name);
                return new ScopedBlock(body);
            case "break" or "continue":
                return _loops > 0 ? new JumpStatement(word.Text == "break" ? Flow.Break : Flow.Continue) : throw Error($"'{word.Text}' stands outside a loop.", word.Position);
            case "include" or "import" or "from" or "extends":
                throw Error($"'{word.Text}' reads another template; a chat template has to stand alone.", word.Position);
            case "autoescape":
                throw Error("'autoescape' is not supported: a prompt is no HTML.", word.Position);
            default:
                throw Error($"The statement '{word.Text}' is not known.", word.Position);
        }
    }

    private FilterExpression ParseFilterChain(TemplateExpression? target)
    {
        FilterExpression filter = ParseFilter(target);
        while (SkipIf("|"))
        {
            filter = ParseFilter(filter);
        }

        return filter;
    }

    private IfStatement ParseIf()
    {
        int missing = _missing.Count;
        List<(TemplateExpression?, Block)> branches = [];
        do
        {
            branches.Add((ParseTuple(withConditional: false), ParseBlock("elif", "else", "endif")));
        }
        while (SkipIf("elif"));
        if (Next().Text == "else")
        {
            branches.Add((null, ParseUntil("endif")));
        }

        ForgetMissing(missing);
        return new IfStatement([.. branches]);
    }

    private ForStatement ParseFor()
    {
        SourcePosition position = Current.Position;
        Target target = ParseTarget(end: "in", withNamespace: false);
        Expect("in");
        TemplateExpression items = ParseTuple(withConditional: false, end: "recursive");
        TemplateExpression? filter = SkipIf("if") ? ParseExpression() : null;
        bool isRecursive = SkipIf("recursive");
        int missing = _missing.Count;
        _loops++;
        Block body = ParseBlock("endfor", "else");
        _loops--;
        ThrowIfMissing(missing);
        Block? otherwise = Next().Text == "else" ? ParseScoped("endfor") : null;
        return new ForStatement(position, target, items, filter, isRecursive, body, otherwise);
    }

    private TemplateStatement ParseSet()
    {
        Target target = ParseTarget(end: null, withNamespace: true);
        if (SkipIf("="))
        {
            return new Assignment(target, ParseTuple());
        }

        FilterExpression? filter = SkipIf("|") ? ParseFilterChain(null) : null;
        return new CaptureBlock(target, filter, ParseScoped("endset"));
    }

    private Target ParseTarget(string? end, bool withNamespace)
    {
        HashSet<string> used = _used;
        _used = [];
        TemplateExpression expression = ParseTuple(isSimple: true, end: end, withNamespace: withNamespace);
        _used = used;
        return ToTarget(expression);
    }

    private static Target ToTarget(TemplateExpression expression) => expression switch
    {
        NameExpression name => new Target(name.Position, name.Text, null, null),
        MemberExpression { Target: NameExpression of } member => new Target(member.Position, of.Text, member.Name, null),
        SequenceExpression { IsTuple: true } tuple => new Target(tuple.Position, "", null, [.. tuple.Items.Select(ToTarget)]),
        _ => throw Error("This can't be assigned to.", expression.Position),
    };

    private WithStatement ParseWith()
    {
        List<(Target, TemplateExpression)> values = [];
        while (Current.Kind != TemplateTokenKind.BlockEnd)
        {
            if (values.Count > 0)
            {
                Expect(",");
            }

            TemplateToken name = Expect(TemplateTokenKind.Name);
            Expect("=");
            values.Add((new Target(name.Position, name.Text, null, null), ParseExpression()));
        }

        return new WithStatement([.. values], ParseScoped("endwith"));
    }

    private MacroDefinition ParseMacro()
    {
        string name = Expect(TemplateTokenKind.Name).Text;
        return ParseMacro(name, ParseSignature(), "endmacro");
    }

    private CallBlock ParseCallBlock(SourcePosition position)
    {
        List<(string, TemplateExpression?)> parameters = Current.Is("(") ? ParseSignature() : [];
        CallExpression call = ParseExpression() as CallExpression ?? throw Error("A call is missing.", position);
        return new CallBlock(call, ParseMacro("caller", parameters, "endcall"));
    }

    private MacroDefinition ParseMacro(string name, List<(string, TemplateExpression?)> parameters, string end)
    {
        (HashSet<string> used, int loops) = (_used, _loops);
        (_used, _loops) = ([], 0);
        Block body = ParseScoped(end);
        MacroDefinition macro = new(name, [.. parameters], body, _used.Contains("caller"), _used.Contains("kwargs"), _used.Contains("varargs"));
        // What a macro within it uses counts for it too.
        used.UnionWith(_used);
        (_used, _loops) = (used, loops);
        return macro;
    }

    private List<(string Name, TemplateExpression? Default)> ParseSignature()
    {
        Expect("(");
        return ParseItems(")", () => (Expect(TemplateTokenKind.Name).Text, SkipIf("=") ? ParseExpression() : null));
    }
}
