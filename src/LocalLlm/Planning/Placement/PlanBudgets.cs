using System.Collections.ObjectModel;

namespace LocalLlm.Planning;

/// <summary>The budgets of a machine's memories under the caller's limits.</summary>
internal sealed class PlanBudgets
{
    private readonly PlanMachine _machine;

    /// <param name="machine">The machine.</param>
    /// <param name="options">Limits and margin.</param>
    /// <param name="isCautious">Whether margins are doubled where none was asked for.</param>
    /// <exception cref="ArgumentException">A limit names a device that the machine does not have.</exception>
    public PlanBudgets(PlanMachine machine, PlanOptions options, bool isCautious)
    {
        _machine = machine;
        long?[] limits = new long?[machine.Devices.Count];
        long? ramLimit = null;
        foreach ((string name, long bytes) in options.MaxMemory?.Devices ?? ReadOnlyDictionary<string, long>.Empty)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(bytes, nameof(PlanOptions.MaxMemory));
            switch (machine.DeviceOf(name))
            {
                case null:
                    throw WrongOption.Of(
                        nameof(PlanOptions.MaxMemory),
                        $"There is no device '{name}' to limit; there are {machine.DeviceNames}.");
                case Placement.Host:
                    ramLimit = bytes;
                    break;
                case int device:
                    limits[device] = bytes;
                    break;
            }
        }

        Devices = [.. machine.Devices.Select((device, i) => MemoryBudget.Of(device.FreeBytes ?? 0, limits[i], device.ReserveBytes, options.Margin, isCautious))];
        Ram = MemoryBudget.Of(machine.RamBytes, ramLimit, machine.RamReserveBytes, options.Margin, isCautious);
    }

    /// <summary>Of each GPU; nothing where the driver does not tell how much is free.</summary>
    public MemoryBudget[] Devices { get; }

    public MemoryBudget Ram { get; }

    /// <summary>What GPUs without memory of their own leave of the RAM's; negative where they take more.</summary>
    public long RamLeft(PlacementFigures figures) =>
        Ram.UsableBytes - figures.Order.Where(device => _machine.Devices[device].SharesRam).Sum(figures.Used);
}
