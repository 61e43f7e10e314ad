namespace LocalLlm.Gguf.Rules;

/// <summary>Where a pattern of windows comes from.</summary>
internal enum WindowSource
{
    Period,
    PeriodOrArray,
    Array,
    RawArray,
}
