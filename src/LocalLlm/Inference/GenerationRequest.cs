namespace LocalLlm.Inference;

/// <summary>What a caller asks of the engine: plain data.</summary>
/// <param name="Prompt">The prompt's tokens; never empty.</param>
/// <param name="MaxOutputTokens">The most tokens to generate; null: as many as the context has room for.</param>
/// <param name="Sampling">How tokens are drawn.</param>
/// <param name="StopStrings">UTF-8 of texts that end the generation and are not part of it.</param>
internal sealed record GenerationRequest(
    int[] Prompt, int? MaxOutputTokens, SamplingParameters Sampling, IReadOnlyList<byte[]> StopStrings);
