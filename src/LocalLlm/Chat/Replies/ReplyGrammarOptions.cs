using System.Text.Json;

namespace LocalLlm.Chat.Replies;

/// <summary>What a reply is to be like.</summary>
internal sealed record ReplyGrammarOptions
{
    /// <summary>The functions that it may call: all that were declared, or the one that it must call.</summary>
    internal IReadOnlyList<ReplyFunction> Functions { get; init; } = [];

    /// <summary>Whether it calls any.</summary>
    internal CallMode Mode { get; init; }

    /// <summary>It may call several at once.</summary>
    internal bool AllowsSeveralCalls { get; init; } = true;

    /// <summary>The answer, where it calls none, is JSON: any object, or what <see cref="AnswerSchema"/> says.</summary>
    internal bool AnswersJson { get; init; }

    /// <summary>The JSON schema of the answer; null: any object.</summary>
    internal JsonElement? AnswerSchema { get; init; }

    /// <summary>The rendered prompt, or the end of it: a template may have opened the reasoning already.</summary>
    internal string PromptEnd { get; init; } = "";

    /// <summary>The control tokens of the vocabulary: a marker among them is that token, not its spelling.</summary>
    internal IReadOnlyList<(string Text, int Id)> ControlTokens { get; init; } = [];
}
