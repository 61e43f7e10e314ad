namespace LocalLlm.Planning;

/// <summary>A division of modules that fits.</summary>
/// <param name="Devices">The GPUs in use, by index, in order.</param>
/// <param name="Counts">Modules of each.</param>
/// <param name="Start">The first module that is not in RAM.</param>
/// <param name="IsPipelined">Whether micro-batches overlap.</param>
internal sealed record Layout(int[] Devices, int[] Counts, int Start, bool IsPipelined)
{
    /// <summary>As a placement.</summary>
    public Placement ToPlacement(int firstExpertLayer)
    {
        int[] modules = new int[Start + Counts.Sum()];
        Array.Fill(modules, Placement.Host, 0, Start);
        int at = Start;
        for (int i = 0; i < Counts.Length; i++)
        {
            Array.Fill(modules, Devices[i], at, Counts[i]);
            at += Counts[i];
        }

        return new Placement { Modules = modules, FirstExpertLayer = firstExpertLayer, IsPipelined = IsPipelined };
    }
}
