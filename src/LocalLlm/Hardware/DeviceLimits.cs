namespace LocalLlm.Hardware;

/// <summary>Memory limits by the positions of a profile's devices, in bytes; null is no limit.</summary>
internal sealed record DeviceLimits(IReadOnlyList<long?> Gpus, long? Ram);
