using Microsoft.Extensions.AI;

namespace LocalLlm.Chat.Sessions;

/// <summary>The turns of a conversation. One is what the user says, in one message or in several, with all that follows it.</summary>
internal static class ConversationTurns
{
    /// <summary>Where the last so many turns begin; null where there are not so many.</summary>
    internal static int? StartOfLast(ReadOnlySpan<ChatMessage> messages, int count)
    {
        for (int i = messages.Length - 1; i >= 0; i--)
        {
            if (IsStart(messages, i) && --count == 0)
            {
                return i;
            }
        }

        return null;
    }

    /// <summary>How many messages there are up to what the last answer answers.</summary>
    internal static int LengthToLastQuestion(ReadOnlySpan<ChatMessage> messages)
    {
        int length = messages.Length;
        while (length > 0 && messages[length - 1].Role == ChatRole.Assistant)
        {
            length--;
        }

        return length;
    }

    private static bool IsStart(ReadOnlySpan<ChatMessage> messages, int index) =>
        messages[index].Role == ChatRole.User && (index == 0 || messages[index - 1].Role != ChatRole.User);
}
