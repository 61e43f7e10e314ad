namespace LocalLlm;

/// <summary>How the figures of a plan are known, by kind.</summary>
/// <param name="Weights">Bytes of weights.</param>
/// <param name="Cache">Bytes of keys, values and states.</param>
/// <param name="Compute">Bytes of compute buffers.</param>
public sealed record PlanOrigins(FigureOrigin Weights, FigureOrigin Cache, FigureOrigin Compute);
