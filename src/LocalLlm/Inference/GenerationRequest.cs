namespace LocalLlm.Inference;

/// <summary>What a caller asks of the engine: plain data.</summary>
/// <param name="Prompt">The prompt's tokens; never empty.</param>
/// <param name="MaxOutputTokens">The most tokens to generate; null: as many as the context has room for.</param>
/// <param name="Sampling">How tokens are drawn.</param>
/// <param name="Grammar">What the text must match; null: anything.</param>
/// <param name="StopStrings">UTF-8 of texts that end the generation and are not part of it.</param>
/// <param name="IsReproducible">
/// The caller gave a seed, so the logits must be the same each time. They depend, in their last bits, on how the prompt
/// was cut into batches: it is read from its beginning, in pieces of one size.
/// </param>
/// <param name="Overflow">What happens when the context is full.</param>
/// <param name="IgnoresEnd">Goes on where the model would end its text.</param>
/// <param name="ShownTokens">Control tokens whose text is part of the output, as what marks a call; null: none is.</param>
internal sealed record GenerationRequest(
    int[] Prompt,
    int? MaxOutputTokens,
    SamplingParameters Sampling,
    ModelGrammar? Grammar,
    IReadOnlyList<byte[]> StopStrings,
    bool IsReproducible,
    OverflowPolicy Overflow,
    bool IgnoresEnd,
    IReadOnlySet<int>? ShownTokens = null);
