using Microsoft.Extensions.AI;

namespace LocalLlm;

/// <summary>What <see cref="ChatOptions"/> has no member for.</summary>
public sealed class LocalChatOptions : ChatOptions
{
    /// <summary>Creates options with nothing set.</summary>
    public LocalChatOptions()
    {
    }

    private LocalChatOptions(LocalChatOptions other)
        : base(other)
    {
        MinP = other.MinP;
        Grammar = other.Grammar;
    }

    /// <summary>Draws from tokens that are at least this probable, relative to the most probable one, 0 to 1; 0 is off. Null (default): the model's recommendation, else 0.05.</summary>
    public float? MinP { get; set; }

    /// <summary>A grammar in llama.cpp's GBNF that the whole answer must match, from its rule <c>root</c>. Null (default): none.</summary>
    public string? Grammar { get; set; }

    /// <inheritdoc/>
    public override ChatOptions Clone() => new LocalChatOptions(this);
}
