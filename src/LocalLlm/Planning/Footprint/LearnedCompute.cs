namespace LocalLlm.Planning;

/// <summary>By how much llama.cpp's compute buffers differ from their bounds, as simulations of a model on a machine showed it.</summary>
internal sealed class LearnedCompute
{
    private readonly Dictionary<Key, long> _differences = [];

    /// <summary>A GPU's bound, corrected by what is known of a GPU in that role.</summary>
    public long OnDevice(int device, in DeviceRole role, CacheSettings settings, long bound) => Correct(Of(device, role, settings), bound);

    /// <summary>The bound in RAM, corrected.</summary>
    public long InRam(HostRole role, CacheSettings settings, long bound) => Correct(Of(role, settings), bound);

    /// <summary>Learns of a simulation.</summary>
    /// <param name="device">The GPU.</param>
    /// <param name="role">What it does.</param>
    /// <param name="settings">The context.</param>
    /// <param name="bound">Its bound.</param>
    /// <param name="simulated">What it takes.</param>
    public void Learn(int device, in DeviceRole role, CacheSettings settings, long bound, long simulated) => Learn(Of(device, role, settings), simulated - bound);

    /// <summary>Learns of a simulation what RAM takes.</summary>
    public void LearnInRam(HostRole role, CacheSettings settings, long bound, long simulated) => Learn(Of(role, settings), simulated - bound);

    private static Key Of(int device, in DeviceRole role, CacheSettings settings) => new(
        device, role.IsFirst, role.IsAlone, role.HasOutput, role.IsPipelined, role.LargestHostTensor > 0 || role.LargestHostCache > 0, settings.MicroBatch);

    private static Key Of(HostRole role, CacheSettings settings) =>
        new(Placement.Host, role.HasGpu, role.HasLayers, role.HasOutput, role.IsPipelined, HasHostWork: false, settings.MicroBatch);

    private long Correct(in Key key, long bound) => Math.Max(0, bound + _differences.GetValueOrDefault(key));

    // The larger of two, so that learning comes to an end.
    private void Learn(in Key key, long difference) =>
        _differences[key] = _differences.TryGetValue(key, out long known) ? Math.Max(known, difference) : difference;

    private readonly record struct Key(int Device, bool IsFirst, bool IsAlone, bool HasOutput, bool IsPipelined, bool HasHostWork, int MicroBatch);
}
