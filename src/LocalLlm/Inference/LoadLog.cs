using LocalLlm.Planning;

namespace LocalLlm.Inference;

/// <summary>What the native log tells while a model loads: the buffers, the layers' devices, and the buffer that could not be had.</summary>
internal sealed class LoadLog
{
    internal BufferLog Buffers { get; } = new();

    /// <summary>The first allocation that failed; null where none did.</summary>
    internal FailedAllocation? Failure { get; private set; }

    /// <summary>Forgets a failure that llama.cpp could do without.</summary>
    internal void Recover() => Failure = null;

    internal void Add(string line)
    {
        Buffers.Add(line);
        Failure ??= FailedAllocation.Read(line);
    }
}
