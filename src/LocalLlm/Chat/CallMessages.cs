using System.Security.Cryptography;
using System.Text;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Chat;

/// <summary>Messages with calls and results, as single templates want them.</summary>
internal static class CallMessages
{
    private const string Calls = "tool_calls";
    private const string CallId = "tool_call_id";

    /// <summary>Mistral's templates take ids of nine letters and digits, and no other.</summary>
    internal const int IdLength = 9;

    internal const string IdCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Each call in a message of its own, with its result behind it.</summary>
    internal static IEnumerable<DictValue> OneCallEach(IReadOnlyList<DictValue> messages)
    {
        HashSet<DictValue> moved = new(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < messages.Count; i++)
        {
            DictValue message = messages[i];
            if (moved.Contains(message))
            {
                continue;
            }

            if (message.Find(Calls) is not ListValue { Count: > 1 } calls)
            {
                yield return message;
                continue;
            }

            bool isFirst = true;
            foreach (TemplateValue call in calls.Iterate())
            {
                // The text, and the thoughts, stand before the first.
                yield return TemplateMessages.With(isFirst ? message : Without(Without(message, TemplateMessages.Reasoning), "content", StringValue.Empty), Calls, new ListValue([call]));
                isFirst = false;
                // Behind it: an earlier call may have had the same id.
                DictValue? result = messages.Skip(i + 1).FirstOrDefault(m => !moved.Contains(m) && m.Find(CallId) is { } id && call is DictValue c && id.Equals(c.Find("id")));
                if (result is not null)
                {
                    moved.Add(result);
                    yield return result;
                }
            }
        }
    }

    /// <summary>A message whose ids are nine letters and digits: those that are not are replaced, the same by the same.</summary>
    internal static DictValue WithShortIds(DictValue message)
    {
        if (message.Find(Calls) is ListValue calls)
        {
            message = TemplateMessages.With(message, Calls, new ListValue([.. calls.Iterate().Select(c => c is DictValue call && call.Find("id") is StringValue id ? TemplateMessages.With(call, "id", Short(id)) : c)]));
        }

        return message.Find(CallId) is StringValue called ? TemplateMessages.With(message, CallId, Short(called)) : message;
    }

    /// <summary>A message without a member, or with another value of it.</summary>
    internal static DictValue Without(DictValue message, string key, TemplateValue? instead = null)
    {
        DictValue rest = new(message.Items.Where(i => !i.Key.Equals(key)));
        return instead is null ? rest : TemplateMessages.With(rest, key, instead);
    }

    private static StringValue Short(StringValue id)
    {
        if (id.Text.Length == IdLength && id.Text.All(char.IsAsciiLetterOrDigit))
        {
            return id;
        }

        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(id.Text));
        return StringValue.Of(string.Concat(hash.Take(IdLength).Select(b => IdCharacters[b % IdCharacters.Length])), isContent: true);
    }
}
