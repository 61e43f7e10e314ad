using LocalLlm.Chat.Templating;

namespace LocalLlm.Chat;

/// <summary>Leaves whole turns out of a conversation that is too long for the context.</summary>
internal static class MessageTrimming
{
    /// <summary>The prompt of as many turns as the policy leaves.</summary>
    /// <param name="input">The whole conversation.</param>
    /// <param name="options">The policy, and how long the answer may be.</param>
    /// <param name="contextLength">The context, in tokens.</param>
    /// <param name="render">Makes the prompt of a conversation.</param>
    internal static ChatPrompt Fit(TemplateInput input, GenerationOptions options, int contextLength, Func<TemplateInput, ChatPrompt> render)
    {
        ChatPrompt prompt = render(input);
        int room = contextLength - Math.Min(options.MaxOutputTokens ?? (contextLength / 4), contextLength / 2);
        if (options.Overflow is OverflowPolicy.Throw or OverflowPolicy.Shift || prompt.Tokens.Length <= room)
        {
            return prompt;
        }

        int[] turns = TurnOf(input.Messages);
        int first = options.Overflow == OverflowPolicy.DropMiddle ? 1 : 0;
        int most = Math.Max(first, turns.DefaultIfEmpty().Max()) - first;
        // The more turns are left out the shorter the prompt: the least that must be is found by halving.
        int least = options.Overflow == OverflowPolicy.KeepLastTurn ? most : 1;
        prompt = most > 0 ? Without(most) : prompt;
        while (least < most)
        {
            int middle = (least + most) / 2;
            ChatPrompt longer = Without(middle);
            if (longer.Tokens.Length <= room)
            {
                (most, prompt) = (middle, longer);
            }
            else
            {
                least = middle + 1;
            }
        }

        return prompt;

        ChatPrompt Without(int count) => render(input with { Messages = [.. input.Messages.Where((_, i) => turns[i] < first || turns[i] >= first + count)] });
    }

    // The number of each message's turn; int.MinValue for a system message, which is part of none. What comes before the first user's message belongs to its turn.
    private static int[] TurnOf(IReadOnlyList<DictValue> messages)
    {
        int[] turns = new int[messages.Count];
        int turn = 0;
        bool hasUser = false;
        string before = "user";
        for (int i = 0; i < turns.Length; i++)
        {
            string role = (messages[i].Find("role") as StringValue)?.Text ?? "";
            if (role is "system" or "developer")
            {
                turns[i] = int.MinValue;
                continue;
            }

            if (role == "user")
            {
                turn += hasUser && before != "user" ? 1 : 0;
                hasUser = true;
            }

            turns[i] = turn;
            before = role;
        }

        return turns;
    }
}
