using System.Text;

namespace LocalLlm;

/// <summary>A token, and how probable the model held it in its place.</summary>
public sealed class TokenLogProbability
{
    internal TokenLogProbability(int tokenId, byte[] utf8, double logProbability, IReadOnlyList<TokenLogProbability> alternatives)
    {
        TokenId = tokenId;
        Utf8Bytes = utf8;
        Text = Encoding.UTF8.GetString(utf8);
        LogProbability = logProbability;
        Alternatives = alternatives;
    }

    /// <summary>The token.</summary>
    public int TokenId { get; }

    /// <summary>The token's text, a control token's too. A character that is only partly in this token becomes U+FFFD.</summary>
    public string Text { get; }

    /// <summary>The token's own bytes: joined over tokens, but for control tokens, they are the text's UTF-8.</summary>
    public ReadOnlyMemory<byte> Utf8Bytes { get; }

    /// <summary>
    /// The natural logarithm of the probability, 0 or less: the log-softmax of the model's logits, before temperature,
    /// penalties, truncation or bias.
    /// </summary>
    public double LogProbability { get; }

    /// <summary>
    /// The tokens that the model held most probable in this place, the most probable first; the token itself may be among
    /// them. As many as <see cref="GenerationOptions.LogProbabilities"/> asks for; empty for one that is itself an alternative.
    /// </summary>
    public IReadOnlyList<TokenLogProbability> Alternatives { get; }

    /// <summary>Returns the text and the log-probability.</summary>
    public override string ToString() => FormattableString.Invariant($"{Text} {LogProbability:0.####}");
}
