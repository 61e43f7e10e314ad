namespace LocalLlm;

/// <summary>How far an evaluation has come.</summary>
/// <param name="Chunk">Chunks that are done.</param>
/// <param name="Chunks">Chunks of the text.</param>
/// <param name="Perplexity">The model's perplexity over the chunks that are done.</param>
public sealed record EvaluationProgress(int Chunk, int Chunks, double Perplexity);
