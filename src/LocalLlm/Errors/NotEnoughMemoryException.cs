namespace LocalLlm;

/// <summary>A device has less memory available than the request needs. Nothing stays allocated.</summary>
public sealed class NotEnoughMemoryException : LocalLlmException
{
    /// <summary>Creates the error.</summary>
    /// <param name="device">The device that is short, such as <c>cpu</c>.</param>
    /// <param name="neededBytes">What the request needs there, in bytes.</param>
    /// <param name="availableBytes">What is available there, in bytes.</param>
    /// <param name="message">What needs the memory.</param>
    /// <param name="suggestions">Changes that would make the request fit, best first.</param>
    /// <param name="innerException">What happened below; null: nothing.</param>
    public NotEnoughMemoryException(string device, long neededBytes, long availableBytes, string message, IReadOnlyList<string>? suggestions = null, Exception? innerException = null)
        : base(suggestions is { Count: > 0 } ? $"{message} {string.Join(" ", suggestions)}" : message, innerException)
    {
        Device = device;
        NeededBytes = neededBytes;
        AvailableBytes = availableBytes;
        Suggestions = suggestions ?? [];
    }

    /// <summary>The device that is short of memory, such as <c>cpu</c>.</summary>
    public string Device { get; }

    /// <summary>What the request needs on <see cref="Device"/>, in bytes.</summary>
    public long NeededBytes { get; }

    /// <summary>What is available on <see cref="Device"/>, in bytes.</summary>
    public long AvailableBytes { get; }

    /// <summary>Changes that would make the request fit, best first; may be empty.</summary>
    public IReadOnlyList<string> Suggestions { get; }
}
