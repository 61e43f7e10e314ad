using System.Collections.Frozen;

namespace LocalLlm.Chat.Schema;

/// <summary>The formats of strings that are kept; of each so much as every reader understands. Others only say something to people.</summary>
internal static class StringFormats
{
    // The thirteenth to fifteenth hour of an offset are in use; readers take no more.
    private const string Offset = "(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)";
    private const string Time = $"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{{1,7}})?";
    private const string Year = "(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})";
    private const string LeapYear = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)";
    private const string Date = $"({Year}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|{LeapYear}-02-29)";
    private const string Byte = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private const string Ipv4 = $"({Byte}\\.){{3}}{Byte}";
    private const string Group = "[0-9a-fA-F]{1,4}";
    private const string Label = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,59}[a-zA-Z0-9])?";
    private const string Host = $"{Label}(\\.{Label}){{0,3}}";
    private const string UriText = "([a-zA-Z0-9_.~!$&'()*+,;=:@-]|%[0-9a-fA-F]{2})";

    private static readonly FrozenDictionary<string, Lazy<TextAutomaton>> Known = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["date"] = Date,
        ["time"] = Time + Offset,
        ["date-time"] = $"{Date}T{Time}{Offset}",
        ["duration"] = "P([0-9]{1,4}W|([0-9]{1,4}D|[0-9]{1,4}M([0-9]{1,4}D)?|[0-9]{1,4}Y([0-9]{1,4}M([0-9]{1,4}D)?)?)(T([0-9]{1,4}S|[0-9]{1,4}M([0-9]{1,4}S)?|[0-9]{1,4}H([0-9]{1,4}M([0-9]{1,4}S)?)?))?|T([0-9]{1,4}S|[0-9]{1,4}M([0-9]{1,4}S)?|[0-9]{1,4}H([0-9]{1,4}M([0-9]{1,4}S)?)?))",
        ["uuid"] = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        ["email"] = $"[a-zA-Z0-9_+-]{{1,32}}(\\.[a-zA-Z0-9_+-]{{1,16}}){{0,2}}@{Host}",
        ["hostname"] = Host,
        ["ipv4"] = Ipv4,
        ["ipv6"] = Ipv6(),
        ["uri"] = $"[a-zA-Z][a-zA-Z0-9+.-]+:(//{Host}(:[1-9][0-9]{{0,3}})?(/{UriText}*)*|{UriText}+)(\\?({UriText}|[/?])*)?(#({UriText}|[/?])*)?",
    }.ToFrozenDictionary(
        format => format.Key,
        format => new Lazy<TextAutomaton>(() => PatternCompiler.Compile(PatternParser.Parse(format.Value, format.Key), isWhole: true, format.Key)),
        StringComparer.Ordinal);

    /// <summary>The strings of a schema's format; nothing where it has none that is kept.</summary>
    internal static IEnumerable<TextAutomaton> Of(SchemaNode schema) =>
        schema.Text("format") is { } format && Known.TryGetValue(format, out Lazy<TextAutomaton>? texts) ? [texts.Value] : [];

    // All eight groups, or fewer with "::" for the others.
    private static string Ipv6()
    {
        IEnumerable<string> shortened = Enumerable.Range(0, 7).Select(before => $"{Times(before)}::({Times(1)}(:{Group}){{0,{Math.Max(0, 6 - before - 1)}}})?");
        return string.Join('|', shortened.Take(6).Prepend($"({Group}:){{7}}{Group}").Append($"{Times(6)}::({Group})?").Append($"{Times(7)}::"));

        static string Times(int groups) => groups == 0 ? "" : $"{Group}(:{Group}){{{groups - 1}}}";
    }
}
