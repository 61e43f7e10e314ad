namespace LocalLlm.Hardware;

/// <summary>What Linux's amdgpu driver tells in files: a card's own memory, and the system memory (GTT) that it lends to it.</summary>
internal static class AmdDriver
{
    internal static IReadOnlyList<DriverGpu> Read() => OperatingSystem.IsLinux() ? Read("") : [];

    internal static IReadOnlyList<DriverGpu> Read(string root)
    {
        string cards = $"{root}/sys/class/drm";
        return Directory.Exists(cards)
            ? [.. Directory.EnumerateDirectories(cards, "card*").Select(c => Card($"{c}/device", root)).OfType<DriverGpu>()]
            : [];
    }

    private static DriverGpu? Card(string device, string root)
    {
        // A connector such as card0-DP-1 has no such files.
        string[] properties = TextFile.Lines($"{device}/uevent");
        return PciAddress.Normalize(TextFile.Value(properties, "PCI_SLOT_NAME", '=')) is { } id && TextFile.Number($"{device}/mem_info_vram_total") is { } total
            ? new DriverGpu("amdgpu", id, TextFile.Lines($"{device}/product_name").FirstOrDefault(n => n.Length > 0))
            {
                TotalBytes = total,
                FreeBytes = Math.Max(0, total - (TextFile.Number($"{device}/mem_info_vram_used") ?? 0)),
                SharedTotalBytes = TextFile.Number($"{device}/mem_info_gtt_total") ?? 0,
                SharedFreeBytes = Math.Max(0, (TextFile.Number($"{device}/mem_info_gtt_total") ?? 0) - (TextFile.Number($"{device}/mem_info_gtt_used") ?? 0)),
                DriverVersion = TextFile.Lines($"{root}/sys/module/amdgpu/version").FirstOrDefault(),
            }
            : null;
    }
}
