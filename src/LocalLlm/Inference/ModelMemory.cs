using System.Globalization;
using System.Text;
using LocalLlm.Planning;

namespace LocalLlm;

/// <summary>What a loaded model takes of each device: planned and allocated, side by side.</summary>
public sealed record ModelMemory
{
    private const long Tolerance = 64L << 20;
    private const string HostName = "cpu";
    private const string MappedSuffix = "_Mapped";

    private ModelMemory(IReadOnlyList<MemoryLine> lines) => Lines = lines;

    /// <summary>A line for each device and use that is planned or allocated.</summary>
    public IReadOnlyList<MemoryLine> Lines { get; }

    /// <summary>Bytes that are allocated on a device, without mapped weights.</summary>
    /// <param name="device">"gpu0" as in the plan, or "cpu".</param>
    public long AllocatedBytes(string device) =>
        Lines.Where(line => line.Device == device && line.Use != MemoryUse.MappedWeights).Sum(line => line.AllocatedBytes);

    /// <summary>A table, in MiB.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{"device",-10}{"use",-16}{"planned",12}{"allocated",12}\n");
        foreach (MemoryLine line in Lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"{line.Device,-10}{line.Use,-16}{line.PlannedBytes / 1048576.0,12:0.0}{line.AllocatedBytes / 1048576.0,12:0.0}\n");
        }

        return text.ToString();
    }

    /// <summary>Sets what llama.cpp's log says beside a plan.</summary>
    internal static ModelMemory Of(OffloadPlan plan, BufferLog log)
    {
        PlanBasis basis = plan.Basis;
        List<MemoryLine> lines = [];
        for (int i = 0; i < plan.Devices.Count; i++)
        {
            DevicePlan device = plan.Devices[i];
            PlanDevice native = basis.Machine.Devices[i];
            // Metal computes with the mapped file itself.
            bool isMapped = log.Bytes.ContainsKey((native.NativeName + MappedSuffix, "model"));
            Add(device.Name, isMapped ? MemoryUse.MappedWeights : MemoryUse.Weights, device.WeightBytes, log, "model", buffer => IsOf(buffer, native));
            Add(device.Name, MemoryUse.KvCache, device.KvCacheBytes, log, "KV", buffer => IsOf(buffer, native), "RS");
            Add(device.Name, MemoryUse.Compute, device.ComputeBytes, log, "compute", buffer => IsOf(buffer, native));
        }

        HostPlan host = plan.Host;
        long output = new ComputeBound(basis.Model, basis.Settings).OutputBuffer();
        Add(HostName, MemoryUse.Weights, host.CopiedBytes, log, "model", buffer => IsHost(buffer) && !IsMapped(buffer));
        Add(HostName, MemoryUse.MappedWeights, host.ResidentBytes + host.DiskBytes, log, "model", buffer => IsHost(buffer) && IsMapped(buffer));
        Add(HostName, MemoryUse.KvCache, host.KvCacheBytes, log, "KV", IsHost, "RS");
        Add(HostName, MemoryUse.Compute, host.ComputeBytes - output, log, "compute", IsHost);
        Add(HostName, MemoryUse.Output, output, log, "output", _ => true);
        return new ModelMemory(lines);

        void Add(string device, MemoryUse use, long planned, BufferLog log, string kind, Func<string, bool> isOf, string? otherKind = null)
        {
            long allocated = log.Bytes.Where(entry => (entry.Key.Kind == kind || entry.Key.Kind == otherKind) && isOf(entry.Key.Buffer)).Sum(entry => entry.Value);
            if (planned > 0 || allocated > 0)
            {
                lines.Add(new MemoryLine(device, use, planned, allocated));
            }
        }

        bool IsHost(string buffer) => !basis.Machine.Devices.Any(device => IsOf(buffer, device));
    }

    /// <summary>Whether more is allocated somewhere than was planned, or clearly less where the plan is more than an upper bound.</summary>
    internal bool Differs(PlanOrigins origins) => Lines
        .Where(line => line.Use != MemoryUse.MappedWeights)
        .GroupBy(line => line.Device)
        .Any(device =>
            device.Sum(line => line.AllocatedBytes - line.PlannedBytes) > Tolerance
            || device.Where(line => line.Use != MemoryUse.Output && (line.Use != MemoryUse.Compute || origins.Compute == FigureOrigin.Simulated)).Sum(line => line.PlannedBytes - line.AllocatedBytes) > Tolerance);

    private static bool IsOf(string buffer, PlanDevice device) => buffer == device.BufferName || buffer == device.NativeName + MappedSuffix;

    private static bool IsMapped(string buffer) => buffer.EndsWith(MappedSuffix, StringComparison.Ordinal);
}
