using System.Globalization;
using System.Text;

namespace LocalLlm.Tests.Inference;

/// <summary>Grammars at random: mostly valid, some with a few characters changed.</summary>
internal static class RandomGrammar
{
    private static readonly string[] Texts = ["\"a\"", "\"ab\"", "\" the\"", "\"\"", "\"é\"", "\"\\u6a21\"", "\"\\n\"", "\"\\U0001F600\""];
    private static readonly string[] Classes = ["[a-z]", "[^a]", "[0-9é-í]", "[^\\x00-\\x1F\"]", "[\\]\\-]", ".", "[ \\t]", "[\\u0800-\\uD7FF]"];
    private static readonly string[] Tokens = ["<[5]>", "!<[300]>", "<|im_start|>", "!<|im_end|>", "<[4095]>"];
    private static readonly string[] Recursions = ["| \"(\" root \")\"", "| \"-\" root", "| root \"+\"", "| [ ]? root"];
    private static readonly string[] Repetitions = ["*", "+", "?", "{2}", "{0,3}", "{1,}", "{3,7}", "{0,40}", "{1,9999}", "{300}"];

    internal static string Write(Random random)
    {
        StringBuilder text = new();
        int rules = random.Next(1, 6);
        bool hasTokens = random.Next(4) == 0;
        for (int i = 0; i < rules; i++)
        {
            text.Append(i == 0 ? "root" : $"r{i}").Append(" ::= ");
            WriteAlternatives(text, random, rules, i, hasTokens, depth: 0);
            text.Append(random.Next(6) == 0 ? Recursions[random.Next(Recursions.Length)] : "");
            text.Append(random.Next(6) == 0 ? " # a comment\r\n" : "\n");
        }

        for (int changes = random.Next(4) == 0 ? random.Next(1, 4) : 0; changes > 0; changes--)
        {
            const string characters = "()[]{}<>|*+?.\"\\^-:=#!_ ax0,\n\0é";
            int at = random.Next(text.Length);
            switch (random.Next(3))
            {
                case 0: text[at] = characters[random.Next(characters.Length)]; break;
                case 1: text.Insert(at, characters[random.Next(characters.Length)]); break;
                default: text.Remove(at, 1); break;
            }
        }

        return text.ToString();
    }

    private static void WriteAlternatives(StringBuilder text, Random random, int rules, int rule, bool hasTokens, int depth)
    {
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            for (int items = random.Next(random.Next(5) == 0 ? 0 : 1, 4); items > 0; items--)
            {
                WriteItem(text, random, rules, rule, hasTokens, depth);
            }

            text.Append(i > 1 ? "| " : "");
        }
    }

    private static void WriteItem(StringBuilder text, Random random, int rules, int rule, bool hasTokens, int depth)
    {
        switch (random.Next(10))
        {
            case 0 or 1 or 2:
                text.Append(Texts[random.Next(Texts.Length)]);
                break;
            case 3 or 4 or 5:
                text.Append(Classes[random.Next(Classes.Length)]);
                break;
            case 6 when hasTokens:
                text.Append(Tokens[random.Next(Tokens.Length)]);
                break;
            case 7 when depth < 3:
                text.Append('(');
                WriteAlternatives(text, random, rules, rule, hasTokens, depth + 1);
                text.Append(')');
                break;
            case 8 when rule + 1 < rules:
                text.Append(CultureInfo.InvariantCulture, $"r{random.Next(rule + 1, rules)}");
                break;
            default:
                text.Append("\"x\"");
                break;
        }

        text.Append(random.Next(4) == 0 ? Repetitions[random.Next(Repetitions.Length)] : "").Append(' ');
    }
}
