using System.Text.Json;
using LocalLlm.Chat.Replies;

namespace LocalLlm.Tests.Chat.Replies;

/// <summary>What was read out of a reply.</summary>
internal sealed record ReadReply(string Reasoning, string Content, IReadOnlyList<ReplyCall> Calls)
{
    internal static ReadReply Of(ReplyFormat format, IReadOnlyList<ReplyFunction> functions, string prompt, params IEnumerable<string> chunks)
    {
        ReplyParser parser = format.CreateParser(new ReplySettings { Functions = functions, PromptEnd = prompt });
        List<ReplyPart> parts = [];
        foreach (string chunk in chunks)
        {
            parser.Append(chunk, parts);
        }

        parser.Complete(parts);
        return new ReadReply(Text(ReplyPartKind.Reasoning), Text(ReplyPartKind.Text), [.. parts.Select(p => p.Call).OfType<ReplyCall>()]);

        string Text(ReplyPartKind kind) => string.Concat(parts.Where(p => p.Kind == kind).Select(p => p.Text));
    }

    public override string ToString() => $"{JsonSerializer.Serialize(Reasoning)}, {JsonSerializer.Serialize(Content)}, {string.Join(" ", Calls)}";
}
