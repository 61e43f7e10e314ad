using LocalLlm.Tests.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat.Sessions;

/// <summary>Compares a session's greedy answer with that of a fresh conversation, up to ties (T15).</summary>
internal static class SameAnswer
{
    internal static LocalChatOptions Greedy(int maxOutputTokens = 24) => new() { Temperature = 0, MaxOutputTokens = maxOutputTokens };

    /// <summary>Whether the last message of a history is what the model answers to those before it, computed from the beginning.</summary>
    internal static void AssertFresh(LocalModel model, IReadOnlyList<ChatMessage> history, LocalChatOptions options)
    {
        LocalChatOptions fresh = (LocalChatOptions)options.Clone();
        fresh.Seed = 1;
        ChatMessage[] asked = [.. history.SkipLast(1)];
        string expected = model.Chat(asked, fresh).Text;
        if (expected != history[^1].Text)
        {
            using BareModel bare = new(model.Info.Path, model.Info.ContextLength);
            GreedyText.AssertEqual(bare, model.TokenizePrompt(asked, options), model.Tokenize(expected), model.Tokenize(history[^1].Text));
        }
    }
}
