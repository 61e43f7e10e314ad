using System.Globalization;
using System.Text;

namespace LocalLlm;

/// <content>The plan as a table.</content>
public sealed partial record OffloadPlan
{
    private const int Width = 100;

    /// <summary>A table of the plan, at most 100 columns wide.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        string name = Path.GetFileName(Model);
        string where = IsFullOffload ? "all on GPUs" : $"{Devices.Sum(device => device.Modules)} of {LayerCount + 1} modules on GPUs";
        AppendWrapped(text, "", $"{name} ({Architecture}): {where}; context {ContextLength}, {ContextReason}.");
        AppendWrapped(
            text,
            "",
            $"{Sequences} {(Sequences == 1 ? "sequence" : "sequences")}, KV cache {KvCacheType}, flash attention {(FlashAttention ? "on" : "off")}, "
            + $"micro-batch {MicroBatch}, {MostOutputs} outputs, strategy {Strategy}.");
        text.Append('\n');
        AppendRow(text, "device", "modules", "weights", "KV cache", "compute", "reserve", "used", "budget");
        foreach (DevicePlan device in Devices)
        {
            AppendRow(
                text, device.Name, Count(device.Modules), Size(device.WeightBytes), Size(device.KvCacheBytes), Size(device.ComputeBytes), Size(device.ReserveBytes), Size(device.UsedBytes), Size(device.BudgetBytes));
        }

        AppendRow(text, "cpu", Count(Host.Modules), Size(Host.WeightBytes), Size(Host.KvCacheBytes), Size(Host.ComputeBytes), "", Size(Host.UsedBytes), Size(Host.BudgetBytes));
        text.Append('\n');
        AppendWrapped(text, "  ", $"Placement: {string.Join(", ", DeviceMap.Where(entry => !entry.Key.Contains('*')).Select(entry => $"{entry.Key} {entry.Value}"))}.");
        AppendWrapped(
            text,
            "  ",
            $"Weights in RAM: {Size(Host.ResidentBytes)} MiB mapped, {Size(Host.CopiedBytes)} MiB copied; read from disk: {Size(Host.DiskBytes)} MiB.");
        if (Layers.Count(layer => layer.WeightBytesElsewhere > 0) is > 0 and int layers)
        {
            AppendWrapped(text, "  ", $"Of {layers} layers experts or other tensors are elsewhere: {Size(Layers.Sum(layer => layer.WeightBytesElsewhere))} MiB.");
        }

        AppendWrapped(text, "  ", $"One GPU would need {Size(FullOffloadBytes)} MiB for all of it.");
        AppendWrapped(
            text, "  ", $"Figures in MiB. Weights: {Origin(Origins.Weights)}; KV cache: {Origin(Origins.Cache)}; compute: {Origin(Origins.Compute)}. {(Verified ? "Verified by llama.cpp." : "Not verified by llama.cpp.")}");
        foreach (string warning in Warnings)
        {
            AppendWrapped(text, "  ", $"Warning: {warning}");
        }

        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, string device, params ReadOnlySpan<string> cells)
    {
        text.Append(device.Length > 12 ? device[..12] : device.PadRight(12));
        foreach (string cell in cells)
        {
            text.Append(cell.PadLeft(12));
        }

        text.Append('\n');
    }

    // Breaks at spaces; a word longer than a line is cut.
    private static void AppendWrapped(StringBuilder text, string indent, string sentence)
    {
        int column = 0;
        foreach (string word in sentence.Split(' ').SelectMany(word => word.Chunk(Width - indent.Length)).Select(chunk => new string(chunk)))
        {
            if (column > 0 && column + 1 + word.Length > Width)
            {
                text.Append('\n');
                column = 0;
            }

            text.Append(column == 0 ? text.Length == 0 ? "" : indent : " ").Append(word);
            column += (column == 0 ? indent.Length : 1) + word.Length;
        }

        text.Append('\n');
    }

    private static string Size(long bytes) => (bytes / 1048576.0).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Count(int modules) => modules.ToString(CultureInfo.InvariantCulture);

    private static string Origin(FigureOrigin origin) => origin switch
    {
        FigureOrigin.Exact => "exact",
        FigureOrigin.Bound => "upper bound",
        FigureOrigin.Estimate => "estimate",
        _ => "simulated",
    };
}
