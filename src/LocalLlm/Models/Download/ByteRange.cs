namespace LocalLlm.Models;

/// <summary>Bytes of a file.</summary>
/// <param name="From">The first one's position.</param>
/// <param name="To">The position after the last one.</param>
internal readonly record struct ByteRange(long From, long To)
{
    public long Length => To - From;
}
