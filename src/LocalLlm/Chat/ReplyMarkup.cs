using LocalLlm.Chat.Replies;
using LocalLlm.Inference;

namespace LocalLlm.Chat;

/// <summary>The control tokens with which a model marks the parts of its replies. Others bring no text; of these it is needed.</summary>
internal static class ReplyMarkup
{
    internal static AddedToken[] Of(ReplyFormat format, Vocabulary vocabulary) =>
        [.. vocabulary.AddedTokens.InMatchOrder.Where(t => t.IsControl && format.IsMarkup(t.Text))];
}
