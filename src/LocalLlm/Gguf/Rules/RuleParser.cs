namespace LocalLlm.Gguf.Rules;

/// <summary>
/// Reads the rules of one architecture. The language follows llama.cpp's loaders (src/models/*.cpp: load_arch_hparams
/// and load_arch_tensors), line by line, with their names:
/// <code>
/// [llama qwen2]                             the architectures that the lines below are for
/// eps attention.layer_norm_rms_epsilon      a key that must be there: u32, f32, bool, str, eps (f32, 0 or more)
/// f32? logit_scale                          one that may be
/// n_ff_exp = u32s? expert_ff_length 0       its value gets a name; u32s: one number or one per layer; the default
/// d = const n_embd/n_head                   a name for an expression
/// must n_head % n_head_kv == 0 @ KEY        what the graph asserts or divides by, and the key to blame
/// some is_swa[i] @ KEY                      what at least one layer must have
/// output.weight? : n_embd, n_vocab          a tensor and its shape; ? for one that may be missing
/// blk.ssm_a : 1, n : f32                    and its use, where it is not the usual: f32, weight, any
/// if EXPR … else … end                      has(TENSOR), given(KEY), arch(NAME) and name[i], the value of a layer
/// layers … end                              for each layer
/// call MACRO A ; B                          lines of <see cref="Macros"/>
/// rope, swa, hybrid, recurrent, varies, kv-reuse: see their statements
/// </code>
/// </summary>
internal sealed class RuleParser
{
    private readonly RuleScope _scope;
    private readonly Dictionary<string, (string[] Parameters, List<string> Lines)> _macros;
    private readonly List<string> _lines;
    private int _position;

    private RuleParser(RuleScope scope, Dictionary<string, (string[] Parameters, List<string> Lines)> macros, List<string> lines)
    {
        _scope = scope;
        _macros = macros;
        _lines = lines;
    }

    /// <summary>Compiles the lines of one architecture.</summary>
    /// <exception cref="FormatException">The table is faulty; a test reads all of it.</exception>
    public static RuleStatement[] Parse(RuleScope scope, string macros, IEnumerable<string> lines)
    {
        RuleParser parser = new(scope, ReadMacros(macros), [.. lines]);
        return parser.ParseBlock();
    }

    /// <summary>The lines of a text without comments and what is empty.</summary>
    public static IEnumerable<string> Lines(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            string trimmed = line.Trim();
            if (trimmed.Length > 0 && trimmed[0] != '#')
            {
                yield return trimmed;
            }
        }
    }

    private static Dictionary<string, (string[] Parameters, List<string> Lines)> ReadMacros(string text)
    {
        Dictionary<string, (string[] Parameters, List<string> Lines)> macros = [];
        List<string>? body = null;
        int depth = 0;
        foreach (string line in Lines(text))
        {
            string[] words = line.Split(' ');
            if (words[0] == "macro")
            {
                body = [];
                macros.Add(words[1], (words[2..], body));
            }
            else if (words[0] == "end" && depth == 0)
            {
                body = null;
            }
            else
            {
                depth += words[0] is "if" or "layers" ? 1 : words[0] == "end" ? -1 : 0;
                body!.Add(line);
            }
        }

        return macros;
    }

    private RuleStatement[] ParseBlock()
    {
        List<RuleStatement> statements = [];
        while (_position < _lines.Count && _lines[_position] is not ("else" or "end"))
        {
            string line = _lines[_position++];
            (string word, string rest) = SplitFirst(line);
            switch (word)
            {
                case "if":
                    statements.Add(ParseIf(rest));
                    break;
                case "layers":
                    Expression? count = rest.Length == 0 ? null : Expression.Parse(rest, _scope);
                    statements.Add(new LayersRule(count, ParseBlock()));
                    Expect("end");
                    break;
                case "call":
                    Expand(rest);
                    break;
                default:
                    statements.Add(ParseLine(word, rest, line));
                    break;
            }
        }

        return [.. statements];
    }

    private IfRule ParseIf(string condition)
    {
        Expression parsed = Expression.Parse(condition, _scope);
        RuleStatement[] yes = ParseBlock();
        RuleStatement[] no = [];
        if (_position < _lines.Count && _lines[_position] == "else")
        {
            _position++;
            no = ParseBlock();
        }

        Expect("end");
        return new IfRule(parsed, yes, no);
    }

    private void Expect(string word)
    {
        if (_position >= _lines.Count || _lines[_position++] != word)
        {
            throw new FormatException($"'{word}' is missing before line {_position}.");
        }
    }

    /// <summary>Puts a macro's lines in place, with its arguments.</summary>
    private void Expand(string call)
    {
        string text = call;
        List<string> lines = [];
        if (SplitCondition(ref text) is string condition)
        {
            lines.Add($"if {condition}");
        }

        (string name, string rest) = SplitFirst(text);
        (string[] parameters, List<string> body) = _macros[name];
        string[] arguments = rest.Length == 0 ? [] : rest.Split(';', StringSplitOptions.TrimEntries);
        if (arguments.Length != parameters.Length)
        {
            throw new FormatException($"'call {call}' needs {parameters.Length} arguments.");
        }

        foreach (string template in body)
        {
            string line = template;
            for (int i = 0; i < parameters.Length; i++)
            {
                line = line.Replace("$" + parameters[i], arguments[i], StringComparison.Ordinal);
            }

            lines.Add(line);
        }

        if (text != call)
        {
            lines.Add("end");
        }

        _lines.InsertRange(_position, lines);
    }

    private RuleStatement ParseLine(string word, string rest, string line)
    {
        switch (word)
        {
            case "must":
                return Conditional(rest, ParseMust);
            case "some":
                return Conditional(rest, ParseSome);
            case "rope":
                return Conditional(rest, ParseRope);
            case "swa":
                return ParseSwa(rest);
            case "hybrid":
                return new HybridRule(Expression.Parse(rest, _scope));
            case "recurrent":
                return new RecurrentRule();
            case "varies":
                return new VariesRule(rest.Split(' '));
            case "kv-reuse":
                return new KvReuseRule(Expression.Parse(rest, _scope));
        }

        if (rest.StartsWith("= ", StringComparison.Ordinal))
        {
            (string kind, string value) = SplitFirst(rest[2..]);
            if (kind == "const")
            {
                Expression expression = Expression.Parse(value, _scope);
                return new LetRule(_scope.Define(word), expression);
            }

            (string key, string fallback) = SplitFirst(value);
            Expression? missing = fallback.Length == 0 ? null : Expression.Parse(fallback, _scope);
            return ParseKey(kind, key, _scope.Define(word), missing);
        }

        return line.Contains(" : ", StringComparison.Ordinal) ? ParseTensor(line) : ParseKey(word, rest, -1, null);
    }

    private static KeyRule ParseKey(string kind, string key, int slot, Expression? fallback)
    {
        bool required = !kind.EndsWith('?');
        ValueKind parsed = kind.TrimEnd('?') switch
        {
            "u32" => ValueKind.U32,
            "f32" => ValueKind.F32,
            "bool" => ValueKind.Bool,
            "str" => ValueKind.Str,
            "eps" => ValueKind.Eps,
            "f32bits" => ValueKind.F32Bits,
            "u32s" => ValueKind.U32PerLayer,
            "i32s" or "u32s-raw" => ValueKind.IntArray,
            "u32s4" => ValueKind.U32Four,
            "f32s" => ValueKind.F32PerLayer,
            _ => throw new FormatException($"'{kind}' is no type of key."),
        };
        return new KeyRule(parsed, key, required, slot, fallback);
    }

    private MustRule ParseMust(string text)
    {
        (string condition, string field) = SplitField(text);
        return new MustRule(Expression.Parse(condition, _scope), condition, field, _scope);
    }

    private SomeRule ParseSome(string text)
    {
        (string condition, string field) = SplitField(text);
        return new SomeRule(Expression.Parse(condition, _scope), condition, field);
    }

    private static (string Condition, string Field) SplitField(string text)
    {
        int at = text.LastIndexOf(" @ ", StringComparison.Ordinal);
        return (text[..at].Trim(), text[(at + 3)..].Trim());
    }

    private RuleStatement ParseRope(string kind) => new RopeRule(kind switch
    {
        "norm" or "neox" => RopeKind.Head,
        "part" => RopeKind.Part,
        "sections" => RopeKind.Sections,
        "sections-or-neox" or "sections-or-norm" => RopeKind.OptionalSections,
        _ => throw new FormatException($"'{kind}' is no kind of rotation."),
    });

    private static WindowRule ParseSwa(string text)
    {
        string[] words = text.Split(' ');
        int period = words.Length > 1 ? int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture) : 0;
        WindowSource source = words[0] switch
        {
            "period" => WindowSource.Period,
            "period-or-array" => WindowSource.PeriodOrArray,
            "array" => WindowSource.Array,
            "raw-array" => WindowSource.RawArray,
            _ => throw new FormatException($"'{words[0]}' is no kind of window pattern."),
        };
        return new WindowRule(source, period, words.Contains("dense-first"));
    }

    private TensorRule ParseTensor(string line)
    {
        string[] fields = line.Split(" : ", StringSplitOptions.TrimEntries);
        string name = fields[0].TrimEnd('?');

        // A conditional expression has a colon of its own.
        string? use = fields.Length > 2 && fields[^1] is "f32" or "weight" or "any" ? fields[^1] : null;
        string dimensions = string.Join(" : ", use is null ? fields[1..] : fields[1..^1]);
        Expression[] shape = [.. dimensions.Split(',').Select(dimension => Expression.Parse(dimension, _scope))];
        bool isWeight = shape.Length > 1 && name.EndsWith(".weight", StringComparison.Ordinal);
        TensorUse parsed = use switch
        {
            "f32" => TensorUse.Float32,
            "weight" => TensorUse.Weight,
            "any" => TensorUse.Any,
            _ => isWeight ? TensorUse.Weight : TensorUse.Float32,
        };
        return new TensorRule(TensorName.Parse(name), !fields[0].EndsWith('?'), shape, parsed);
    }

    /// <summary>A line that holds under a condition only: "LINE if EXPR".</summary>
    private RuleStatement Conditional(string text, Func<string, RuleStatement> parse)
    {
        string line = text;
        return SplitCondition(ref line) is string condition
            ? new IfRule(Expression.Parse(condition, _scope), [parse(line)], [])
            : parse(line);
    }

    private static string? SplitCondition(ref string line)
    {
        int at = line.LastIndexOf(" if ", StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        string condition = line[(at + 4)..];
        line = line[..at].Trim();
        return condition;
    }

    private static (string First, string Remainder) SplitFirst(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? (line, string.Empty) : (line[..space], line[(space + 1)..].Trim());
    }
}
