namespace LocalLlm.Chat.Replies;

/// <summary>Writes the grammar of replies in which markers stand between text, reasoning and calls.</summary>
internal sealed class ReplyGrammar(ReplyFormat format, ReplyGrammarWriter grammar)
{
    private ReplyGrammarOptions Options => grammar.Options;

    private bool TakesCalls => Options.Mode != CallMode.None && Options.Functions.Count > 0;

    private bool MayEndEarly => Options.Mode != CallMode.Required && !Options.AnswersJson;

    internal static string Write(ReplyFormat format, ReplyGrammarOptions options)
    {
        ReplyGrammarWriter grammar = new(options);
        string root = grammar.Rules.Declare("root");
        grammar.Rules.Complete(root, format.Channels is { } channels ? new ChannelGrammar(format, channels, grammar).Root() : new ReplyGrammar(format, grammar).Root());
        return grammar.Rules.Text;
    }

    private string Root()
    {
        IReadOnlyList<(string Marker, string After)> calls = TakesCalls ? format.Calls.WriteCalls(grammar) : [];
        string prompt = Options.PromptEnd.TrimEnd();
        if (calls.Count > 0 && prompt.EndsWith(format.Calls.Start, StringComparison.Ordinal))
        {
            // What else may stand behind the beginning of a call says that an answer follows.
            string[] others = [.. format.Ignored.Where(i => i.StartsWith(format.Calls.Start, StringComparison.Ordinal)).Select(i => $"{grammar.Marker(i[format.Calls.Start.Length..])} {Answer(calls)}")];
            return string.Join(" | ", [calls[^1].After, .. Options.Mode == CallMode.Required ? [] : others]);
        }

        string answer = grammar.Rules.Define("answer", Answer(calls));
        if (format.Reasoning is not { } reasoning || reasoning.Ends.Any(e => prompt.EndsWith(e, StringComparison.Ordinal)))
        {
            return answer;
        }

        bool isOpen = prompt.EndsWith(reasoning.Start, StringComparison.Ordinal);
        if (!isOpen && !format.Thinks)
        {
            return answer;
        }

        // Other markup in it is only thought of.
        (string Marker, string? After)[] ends = [.. reasoning.Ends.Select(e => (e, (string?)answer)), .. reasoning.EndsAtCall ? calls.Select(c => (c.Marker, (string?)c.After)) : []];
        IEnumerable<string> markup = grammar.TokensIn([reasoning.Start, .. format.Calls.Markers]).Where(t => !Array.Exists(ends, e => e.Marker.Contains(t, StringComparison.Ordinal)));
        string thoughts = TextUntil.Write(grammar, "thoughts", [.. ends, .. markup.Select(t => (t, (string?)null))], MayEndEarly);
        return isOpen ? thoughts : $"{grammar.Gap} {grammar.Marker(reasoning.Start)} {thoughts} | ({grammar.Marker(reasoning.Ends[0])})? {answer}";
    }

    private string Answer(IReadOnlyList<(string Marker, string After)> calls)
    {
        string called = string.Join(" | ", calls.Select(c => $"{grammar.Marker(c.Marker)} {c.After}"));
        string around = format.Ignored.Count > 0 ? $"(({string.Join(" | ", format.Ignored.Select(grammar.Marker))}) {grammar.Gap}){{0,4}}" : "";
        if (Options.Mode == CallMode.Required && TakesCalls)
        {
            return $"{grammar.Gap} {around} ({called})";
        }

        if (Options.AnswersJson)
        {
            string json = $"{grammar.JsonAnswer()} {around}";
            return called.Length > 0 ? $"{grammar.Gap} {around} ({json} | {called})" : $"{grammar.Gap} {around} {json}";
        }

        IEnumerable<(string, string?)> ignored = format.Ignored.Select(i => (i, (string?)null));
        string[] behind = [.. calls.Select(c => grammar.Rules.Define("last", $"{c.After} {grammar.Gap} {around}"))];
        return format.Calls.IsWholeReply && calls.Count > 0
            ? $"{grammar.Gap} ({called} | {grammar.Rules.Define("text", $"([^ \\t\\r\\n{format.Calls.Start}] .*)?")})"
            : TextUntil.Write(grammar, "text", [.. calls.Select((c, i) => (c.Marker, (string?)behind[i])), .. ignored], mayEnd: true);
    }
}
