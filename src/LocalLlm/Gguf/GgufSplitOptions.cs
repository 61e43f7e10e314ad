namespace LocalLlm;

/// <summary>Where a model is cut into parts, as by llama.cpp's gguf-split. Exactly one of the two limits is set.</summary>
public sealed class GgufSplitOptions
{
    /// <summary>The most tensors in a part.</summary>
    /// <value>Default: null, no such limit. At least 1.</value>
    public int? MaxTensors { get; init; }

    /// <summary>The most bytes of tensors in a part, the header not counted. A tensor that is larger gets a part of its own.</summary>
    /// <value>Default: null, no such limit. At least 1.</value>
    public long? MaxBytes { get; init; }

    /// <summary>Whether the first part holds the metadata only.</summary>
    /// <value>Default: false.</value>
    public bool NoTensorsInFirstPart { get; init; }

    internal void Validate()
    {
        if (MaxTensors is null == MaxBytes is null)
        {
            throw new ArgumentException($"Set either {nameof(MaxTensors)} or {nameof(MaxBytes)}.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(MaxTensors ?? 1, 1, nameof(MaxTensors));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBytes ?? 1, 1, nameof(MaxBytes));
    }
}
