using LocalLlm.Chat.Replies;
using LocalLlm.Inference;

namespace LocalLlm.Chat;

/// <summary>The control tokens with which a model marks the parts of its replies. Others bring no text; of these it is needed.</summary>
internal sealed class ReplyMarkup(ReplyFormat format, Vocabulary vocabulary)
{
    internal IReadOnlyList<AddedToken> Tokens { get; } = [.. vocabulary.AddedTokens.InMatchOrder.Where(t => t.IsControl && format.IsMarkup(t.Text))];

    internal IReadOnlySet<int> Ids => field ??= Tokens.Select(t => t.Id).ToHashSet();
}
