using System.Globalization;

namespace LocalLlm.Gguf.Rules;

/// <summary>
/// An integer expression over a model's hyper-parameters, written as in llama.cpp's loaders. Truth values are 0 and 1.
/// What can't be computed (division by zero, more than 62 bits) sets <see cref="RuleRun.Failed"/>.
/// </summary>
internal abstract class Expression
{
    private const long Limit = 1L << 62;

    public abstract long Evaluate(ref RuleRun run);

    /// <summary>Adds the names that the expression reads, for messages.</summary>
    public virtual void AddNames(HashSet<string> names)
    {
    }

    /// <summary>Parses <paramref name="text"/>; names are resolved by <paramref name="scope"/>.</summary>
    /// <exception cref="FormatException">The text is no expression: a fault of the table.</exception>
    public static Expression Parse(string text, RuleScope scope)
    {
        Parser parser = new(text, scope);
        return parser.ParseAll();
    }

    private sealed class Constant(long value) : Expression
    {
        public override long Evaluate(ref RuleRun run) => value;
    }

    private sealed class Variable(string name, int slot) : Expression
    {
        public override long Evaluate(ref RuleRun run) => run.Scalar(slot);

        public override void AddNames(HashSet<string> names) => names.Add(name);
    }

    private sealed class PerLayer(string name, int slot) : Expression
    {
        public override long Evaluate(ref RuleRun run) => run.OfLayer(slot, run.Layer);

        public override void AddNames(HashSet<string> names) => names.Add(name);
    }

    private sealed class HasTensor(TensorName name) : Expression
    {
        public override long Evaluate(ref RuleRun run) => run.HasTensor(name) ? 1 : 0;
    }

    private sealed class GivenKey(string key) : Expression
    {
        public override long Evaluate(ref RuleRun run) => run.Keys.Has(key) ? 1 : 0;
    }

    private sealed class Unary(char op, Expression operand) : Expression
    {
        public override long Evaluate(ref RuleRun run)
        {
            long value = operand.Evaluate(ref run);
            return op == '!' ? (value == 0 ? 1 : 0) : -value;
        }

        public override void AddNames(HashSet<string> names) => operand.AddNames(names);
    }

    private sealed class Binary(string op, Expression left, Expression right) : Expression
    {
        public override long Evaluate(ref RuleRun run)
        {
            long a = left.Evaluate(ref run);
            switch (op)
            {
                case "&&":
                    return a != 0 && right.Evaluate(ref run) != 0 ? 1 : 0;
                case "||":
                    return a != 0 || right.Evaluate(ref run) != 0 ? 1 : 0;
            }

            long b = right.Evaluate(ref run);
            switch (op)
            {
                case "+":
                    return Checked((Int128)a + b, ref run);
                case "-":
                    return Checked((Int128)a - b, ref run);
                case "*":
                    return Checked((Int128)a * b, ref run);
                case "/" or "%" when b == 0:
                    run.Failed = true;
                    return 0;
                case "/":
                    return a / b;
                case "%":
                    return a % b;
            }

            bool holds = op switch
            {
                "==" => a == b,
                "!=" => a != b,
                "<" => a < b,
                "<=" => a <= b,
                ">" => a > b,
                _ => a >= b,
            };
            return holds ? 1 : 0;
        }

        public override void AddNames(HashSet<string> names)
        {
            left.AddNames(names);
            right.AddNames(names);
        }

        private static long Checked(Int128 value, ref RuleRun run)
        {
            if (value > Limit || value < -Limit)
            {
                run.Failed = true;
                return 0;
            }

            return (long)value;
        }
    }

    private sealed class Conditional(Expression condition, Expression yes, Expression no) : Expression
    {
        public override long Evaluate(ref RuleRun run) =>
            condition.Evaluate(ref run) != 0 ? yes.Evaluate(ref run) : no.Evaluate(ref run);

        public override void AddNames(HashSet<string> names)
        {
            condition.AddNames(names);
            yes.AddNames(names);
            no.AddNames(names);
        }
    }

    /// <summary>Recursive descent with precedence climbing.</summary>
    private sealed class Parser(string text, RuleScope scope)
    {
        private static readonly string[][] Levels =
        [
            ["||"],
            ["&&"],
            ["==", "!="],
            ["<=", ">=", "<", ">"],
            ["+", "-"],
            ["*", "/", "%"],
        ];

        private int _position;

        public Expression ParseAll()
        {
            Expression result = ParseConditional();
            return Peek() == '\0' ? result : throw Fault("something is left over");
        }

        private Expression ParseConditional()
        {
            Expression condition = ParseLevel(0);
            if (!Take("?"))
            {
                return condition;
            }

            Expression yes = ParseConditional();
            Expect(":");
            return new Conditional(condition, yes, ParseConditional());
        }

        private Expression ParseLevel(int level)
        {
            if (level == Levels.Length)
            {
                return ParseUnary();
            }

            Expression left = ParseLevel(level + 1);
            while (Array.Find(Levels[level], Take) is string op)
            {
                left = new Binary(op, left, ParseLevel(level + 1));
            }

            return left;
        }

        private Expression ParseUnary()
        {
            if (Take("!"))
            {
                return new Unary('!', ParseUnary());
            }

            return Take("-") ? new Unary('-', ParseUnary()) : ParsePrimary();
        }

        private Expression ParsePrimary()
        {
            if (Take("("))
            {
                Expression inner = ParseConditional();
                Expect(")");
                return inner;
            }

            string word = Word();
            if (word.Length == 0)
            {
                throw Fault("a value is missing");
            }

            if (char.IsAsciiDigit(word[0]))
            {
                return new Constant(word.StartsWith("0x", StringComparison.Ordinal)
                    ? long.Parse(word.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                    : long.Parse(word, CultureInfo.InvariantCulture));
            }

            if (Take("("))
            {
                string argument = Argument();
                return word switch
                {
                    "has" => new HasTensor(TensorName.Parse(argument)),
                    "given" => new GivenKey(argument),
                    "arch" => new Constant(scope.IsArchitecture(argument) ? 1 : 0),
                    _ => throw Fault($"'{word}' is no function"),
                };
            }

            if (word is "true" or "false")
            {
                return new Constant(word == "true" ? 1 : 0);
            }

            if (Take("["))
            {
                Expect("i");
                Expect("]");
                return new PerLayer(word, scope.Resolve(word));
            }

            return new Variable(word, scope.Resolve(word));
        }

        private string Argument()
        {
            int end = text.IndexOf(')', _position);
            string argument = text[_position..end].Trim();
            _position = end + 1;
            return argument;
        }

        private string Word()
        {
            Peek();
            int start = _position;
            while (_position < text.Length && (char.IsAsciiLetterOrDigit(text[_position]) || text[_position] == '_'))
            {
                _position++;
            }

            return text[start.._position];
        }

        private char Peek()
        {
            while (_position < text.Length && text[_position] == ' ')
            {
                _position++;
            }

            return _position < text.Length ? text[_position] : '\0';
        }

        private bool Take(string token)
        {
            Peek();
            if (string.CompareOrdinal(text, _position, token, 0, token.Length) != 0)
            {
                return false;
            }

            _position += token.Length;
            return true;
        }

        private void Expect(string token)
        {
            if (!Take(token))
            {
                throw Fault($"'{token}' is missing");
            }
        }

        private FormatException Fault(string what) => new($"{what} at {_position} of '{text}'.");
    }
}
