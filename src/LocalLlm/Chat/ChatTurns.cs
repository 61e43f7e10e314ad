using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>The messages of a call as templates take them: a role and a text each.</summary>
internal static class ChatTurns
{
    /// <summary>Copies the messages, the instructions before them as a system message.</summary>
    /// <exception cref="NotSupportedException">A message holds content that would be lost.</exception>
    internal static IReadOnlyList<(string Role, string Text)> From(IEnumerable<ChatMessage> messages, string? instructions)
    {
        ArgumentNullException.ThrowIfNull(messages);
        List<(string, string)> turns = [];
        if (!string.IsNullOrEmpty(instructions))
        {
            turns.Add((ChatRole.System.Value, instructions));
        }

        foreach (ChatMessage message in messages)
        {
            ArgumentNullException.ThrowIfNull(message, nameof(messages));
            foreach (AIContent content in message.Contents)
            {
                if (content is DataContent or UriContent or FunctionCallContent or FunctionResultContent)
                {
                    throw new NotSupportedException($"{content.GetType().Name} in a message is not supported in this version of LocalLlm.");
                }
            }

            // A model may generate U+0000, which templates can't take: it must not make its own answer unusable as history.
            string text = message.Role == ChatRole.Assistant ? message.Text.Replace('\0', '\uFFFD') : message.Text;
            turns.Add((message.Role.Value, text));
        }

        return turns;
    }
}
