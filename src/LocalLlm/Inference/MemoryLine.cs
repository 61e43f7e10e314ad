namespace LocalLlm;

/// <summary>What a loaded model takes on one device for one use.</summary>
/// <param name="Device">"gpu0" as in the plan, or "cpu".</param>
/// <param name="Use">What for.</param>
/// <param name="PlannedBytes">What the plan said, in bytes.</param>
/// <param name="AllocatedBytes">What llama.cpp allocated, in bytes, to 0.01 MiB.</param>
public sealed record MemoryLine(string Device, MemoryUse Use, long PlannedBytes, long AllocatedBytes);
