using LocalLlm.Chat.Schema;

namespace LocalLlm.Chat.Replies;

/// <summary>Writes the grammar of replies that are messages with headers.</summary>
internal sealed class ChannelGrammar(ReplyFormat format, ChannelMarkers channels, ReplyGrammarWriter grammar)
{
    private ReplyGrammarOptions Options => grammar.Options;

    private bool TakesCalls => Options.Mode != CallMode.None && Options.Functions.Count > 0;

    private bool IsRequired => Options.Mode == CallMode.Required && TakesCalls;

    // The prompt ends behind the role, as each further message begins with it.
    internal string Root()
    {
        string rest = grammar.Rules.Declare("message");
        string next = grammar.Rules.Define("next", $"{grammar.Marker(channels.Start)} \"assistant\" {rest}");
        string thoughts = Text("thoughts", next);
        List<string> messages = [.. Headers("analysis", "self").Select(h => $"{h} {thoughts}")];
        if (TakesCalls)
        {
            messages.AddRange(Options.Functions.SelectMany(Calls).Select(c => Options.AllowsSeveralCalls && channels.Ends.Count > 0 ? $"{c} ({grammar.Marker(channels.Ends[0])} {next})?" : c));
        }

        if (!IsRequired)
        {
            string answer = Options.AnswersJson ? grammar.JsonAnswer() : Text("answer", next);
            messages.AddRange(Headers("final", "user").Select(h => $"{h} {answer}"));
            if (!Options.AnswersJson && channels.Channel.Length > 0)
            {
                messages.AddRange(Headers("commentary", "").Select(h => $"{h} {answer}"));
            }
        }

        grammar.Rules.Complete(rest, string.Join(" | ", messages));
        return rest;
    }

    private string Text(string name, string next)
    {
        bool mayEnd = !IsRequired && !Options.AnswersJson;
        IEnumerable<string> ends = mayEnd ? channels.Ends.Skip(1) : [];
        IEnumerable<string> markup = grammar.TokensIn(format.Calls.Markers);
        return TextUntil.Write(grammar, name, [(channels.Ends[0], next), .. ends.Select(e => (e, (string?)"")), .. markup.Select(t => (t, (string?)null))], mayEnd);
    }

    private string[] Headers(string channel, string recipient) => channels.Channel.Length == 0
        ? [$"{GrammarWriter.Literal($" to={recipient}")} {grammar.Marker(channels.HeaderEnd)}"]
        : [$"{grammar.Marker(channels.Channel)} \"{channel}\" (\" \" {grammar.Marker("<|constrain|>")} \"json\")? {grammar.Marker(channels.HeaderEnd)}"];

    private IEnumerable<string> Calls(ReplyFunction function)
    {
        if (channels.Channel.Length == 0)
        {
            ReplyGrammarWriter one = grammar;
            foreach ((string marker, string after) in format.Calls.WriteCalls(one))
            {
                yield return $"{GrammarWriter.Literal($" to={function.Name}")} {grammar.Marker(channels.HeaderEnd)} {grammar.Marker(marker)} {after}";
            }

            yield break;
        }

        string recipient = GrammarWriter.Literal($" to=functions.{function.Name}");
        string channel = $"{grammar.Marker(channels.Channel)} (\"commentary\" | \"analysis\")";
        string json = $"\" \"? ({grammar.Marker("<|constrain|>")}? \"json\")? {grammar.Marker(channels.HeaderEnd)} {grammar.Arguments(function)}";
        yield return $"{recipient} {channel} {json}";
        yield return $"{channel} {recipient} {json}";
    }
}
