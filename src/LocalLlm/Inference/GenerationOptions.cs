using System.Text;
using LocalLlm.Inference;

namespace LocalLlm;

/// <summary>How text is generated. What is null is taken from the model file's own recommendation, else from the default named here.</summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens to generate, at least 1. Null (default): as many as the context has room for.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>Scales the randomness; 0 or less always takes the most probable token. Default 0.8.</summary>
    public float? Temperature { get; init; }

    /// <summary>Draws from the K most probable tokens only; 0 or less is off. Default 40.</summary>
    public int? TopK { get; init; }

    /// <summary>Draws from the most probable tokens whose probabilities add up to this, 0 to 1; 1 is off. Default 0.95.</summary>
    public float? TopP { get; init; }

    /// <summary>Draws from tokens that are at least this probable, relative to the most probable one, 0 to 1; 0 is off. Default 0.05.</summary>
    public float? MinP { get; init; }

    /// <summary>
    /// Seed of the random draws. Equal seeds and options give equal text on the same machine and build, while no other
    /// call runs beside; for that the prompt is read anew, and nothing is taken from the KV cache. The value is folded to
    /// 32 bits. Null (default): another seed for each call.
    /// </summary>
    public long? Seed { get; init; }

    /// <summary>Texts that end the generation; they are not part of the result. Null (default): none.</summary>
    public IReadOnlyList<string>? StopSequences { get; init; }

    /// <summary>
    /// A grammar in llama.cpp's GBNF that the whole text must match, from its rule <c>root</c>. The text ends where the
    /// grammar does; an output limit or a stop sequence may end it earlier. Null (default): none.
    /// </summary>
    public string? Grammar { get; init; }

    internal void Validate()
    {
        if (MaxOutputTokens is { } max)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max, nameof(MaxOutputTokens));
        }

        if (Temperature is { } temperature && !float.IsFinite(temperature))
        {
            throw new ArgumentOutOfRangeException(nameof(Temperature), temperature, "The temperature must be a finite number.");
        }

        ThrowUnlessProbability(TopP, nameof(TopP));
        ThrowUnlessProbability(MinP, nameof(MinP));
        if (StopSequences?.Any(string.IsNullOrEmpty) == true)
        {
            throw new ArgumentException("A stop sequence must not be empty.", nameof(StopSequences));
        }

        ReadGrammar();
    }

    internal GenerationRequest ToRequest(int[] prompt, SamplingDefaults defaults, Vocabulary vocabulary) => new(
        prompt,
        MaxOutputTokens,
        new SamplingParameters(
            Math.Max(0, Temperature ?? defaults.Temperature),
            Math.Max(0, TopK ?? defaults.TopK),
            TopP ?? defaults.TopP,
            MinP ?? defaults.MinP,
            Fold(Seed ?? Random.Shared.NextInt64())),
        ReadGrammar()?.For(vocabulary),
        [.. (StopSequences ?? []).Select(Encoding.UTF8.GetBytes)],
        IsReproducible: Seed is not null);

    /// <summary>Throws where the grammar names tokens that the model does not have.</summary>
    internal void Validate(Vocabulary vocabulary)
    {
        Validate();
        ReadGrammar()?.For(vocabulary);
    }

    private Grammar? ReadGrammar() => Grammar is { } text ? Inference.Grammar.Parse(text) : null;

    // llama.cpp takes 0xFFFFFFFF for "a random seed".
    private static uint Fold(long seed) => Math.Min((uint)(seed ^ (seed >> 32)), uint.MaxValue - 1);

    private static void ThrowUnlessProbability(float? value, string name)
    {
        if (value is { } given && !(given >= 0 && given <= 1))
        {
            throw new ArgumentOutOfRangeException(name, given, $"{name} must be between 0 and 1.");
        }
    }
}
