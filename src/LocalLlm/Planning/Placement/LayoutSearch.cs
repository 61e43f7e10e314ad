namespace LocalLlm.Planning;

/// <summary>Finds divisions of the modules from one on over GPUs, by strategy, for the costs of one context.</summary>
internal sealed class LayoutSearch
{
    /// <summary>With more GPUs not all groups of them are tried, only the largest GPUs of each number.</summary>
    private const int MostForAllGroups = 8;

    private const int BalanceSteps = 24;

    private readonly PlanMachine _machine;
    private readonly MemoryBudget _ram;
    private readonly long[] _usable;
    private readonly int[][] _groups;
    private readonly int _shared;

    /// <param name="machine">The machine.</param>
    /// <param name="usable">Bytes that each GPU may take; 0 for those to leave alone.</param>
    /// <param name="ram">What RAM may take.</param>
    public LayoutSearch(PlanMachine machine, long[] usable, MemoryBudget ram)
    {
        _machine = machine;
        _usable = usable;
        _ram = ram;
        int[] candidates = [.. Enumerable.Range(0, usable.Length).Where(device => usable[device] > 0)];
        _groups = Groups(candidates, usable);
        _shared = candidates.Count(device => machine.Devices[device].SharesRam);
    }

    /// <summary>Whether the modules from one on fit on GPUs.</summary>
    public bool Holds(CostTable costs, int start) => Array.FindLast(_groups, group => Fit(costs, group, start) is not null) is not null;

    /// <summary>The first module of the longest run to the end that fits on GPUs; null where not even the output does.</summary>
    public int? LowestStart(CostTable costs, int layers)
    {
        if (Holds(costs, 0))
        {
            return 0;
        }

        // A layer more takes more than the scratch it saves, so the runs that fit are all those up to some length.
        int start = layers + 1;
        foreach (int[] group in _groups)
        {
            int low = 1;
            int high = Math.Min(start, layers + 2 - Math.Min(group.Length, 2));
            while (low < high)
            {
                int middle = (low + high) / 2;
                (low, high) = Fit(costs, group, middle) is not null ? (low, middle) : (middle + 1, high);
            }

            start = low < start && Fit(costs, group, low) is not null ? low : start;
        }

        // Where layers differ, a longer run can fit although the shorter one did not.
        while (start > 1 && Array.Exists(_groups, group => Fit(costs, group, start - 1) is not null))
        {
            start--;
        }

        return start <= layers ? start : null;
    }

    /// <summary>The division that the strategy wants; null where none fits.</summary>
    public Layout? Find(PlacementStrategy strategy, CostTable costs, int start)
    {
        Layout[] fitting = [.. _groups.Select(group => Fit(costs, group, start)).OfType<Layout>()];
        return fitting.Length == 0 ? null : strategy switch
        {
            PlacementStrategy.Sequential => FillInOrder(costs, fitting),
            PlacementStrategy.BalancedLow0 => SpareFirst(costs, fitting),
            PlacementStrategy.Auto when start == 0 => Flattest(costs, fitting.Where(layout => layout.Devices.Length == fitting[0].Devices.Length)),
            _ => Flattest(costs, fitting),
        };
    }

    /// <summary>The largest part of its memory that a GPU uses.</summary>
    public double Fullness(CostTable costs, Layout layout)
    {
        double most = 0;
        for (int i = 0; i < layout.Devices.Length; i++)
        {
            double part = (double)Used(costs, layout, i) / Capacity(costs, layout.Devices[i], layout.Start, layout.IsPipelined);
            most = layout.Counts[i] > 0 ? Math.Max(most, part) : most;
        }

        return most;
    }

    // A pipeline where it fits: it hides the hops between GPUs while a prompt is read.
    private Layout? Fit(CostTable costs, int[] group, int start)
    {
        bool canPipeline = group.Length > 1 && start == 0 && !costs.HasHostExperts && Array.TrueForAll(group, device => _machine.Devices[device].CanPipeline);
        return canPipeline && Fill(costs, group, start, true, 1) is { } counts
            ? new Layout(group, counts, start, IsPipelined: true)
            : Fill(costs, group, start, false, 1) is { } plain ? new Layout(group, plain, start, IsPipelined: false) : null;
    }

    private int[]? Fill(CostTable costs, int[] group, int start, bool isPipelined, double factor, bool fromFirst = false, int sparedCount = 0)
    {
        long[][] sums = new long[group.Length][];
        long[] rooms = new long[group.Length];
        for (int i = 0; i < group.Length; i++)
        {
            int device = group[i];
            sums[i] = costs.Sums(device);
            rooms[i] = (long)(Capacity(costs, device, start, isPipelined) * factor) - costs.Fixed(device, i, group.Length, start, isPipelined);
        }

        if (sparedCount > 0)
        {
            // The first keeps what it has, whatever the others' factor is.
            rooms[0] = sums[0][start + sparedCount] - sums[0][start];
        }

        return fromFirst ? ContiguousFill.FromFirst(sums, rooms, start) : ContiguousFill.FromLast(sums, rooms, start);
    }

    // A GPU without memory of its own shares what RAM has left, with others of its kind in equal parts.
    private long Capacity(CostTable costs, int device, int start, bool isPipelined) => _machine.Devices[device].SharesRam
        ? Math.Min(_usable[device], Math.Max(0, _ram.UsableBytes - costs.HostAnonymous(start, isPipelined)) / _shared)
        : _usable[device];

    private static long Used(CostTable costs, Layout layout, int place)
    {
        int first = layout.Start + layout.Counts.AsSpan(0, place).ToArray().Sum();
        int device = layout.Devices[place];
        long[] sums = costs.Sums(device);
        return sums[first + layout.Counts[place]] - sums[first]
            + costs.Fixed(device, place, layout.Devices.Length, layout.Start, layout.IsPipelined);
    }

    private Layout Flattest(CostTable costs, IEnumerable<Layout> layouts) =>
        layouts.Select(layout => Balance(costs, layout)).MinBy(layout => Fullness(costs, layout))!;

    // Bisection on the part of its memory that every GPU may use.
    private Layout Balance(CostTable costs, Layout layout, int sparedCount = 0)
    {
        double low = 0;
        double high = 1;
        Layout best = layout;
        for (int i = 0; i < BalanceSteps && layout.Devices.Length > 1; i++)
        {
            double middle = (low + high) / 2;
            if (Fill(costs, layout.Devices, layout.Start, layout.IsPipelined, middle, sparedCount: sparedCount) is { } counts)
            {
                best = layout with { Counts = counts };
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return best;
    }

    // The GPUs that come first in the profile, as few of them as needed.
    private Layout FillInOrder(CostTable costs, Layout[] fitting)
    {
        int[] all = [.. fitting.SelectMany(layout => layout.Devices).Distinct().Order()];
        Layout chosen = Array.Find(fitting, layout => layout.Devices.AsSpan().SequenceEqual(all.AsSpan(0, layout.Devices.Length))) ?? fitting[0];
        int[] counts = Fill(costs, chosen.Devices, chosen.Start, chosen.IsPipelined, 1, fromFirst: true)!;
        return chosen with { Counts = counts };
    }

    // On the first GPU of the machine only what the others can't hold: filled from the last, it gets the least.
    private Layout SpareFirst(CostTable costs, Layout[] fitting)
    {
        Layout[] without = [.. fitting.Where(layout => layout.Devices[0] != 0)];
        if (without.Length > 0)
        {
            return Flattest(costs, without);
        }

        Layout least = fitting.MinBy(layout => Used(costs, layout, 0))!;
        return Balance(costs, least, sparedCount: least.Counts[0]);
    }

    // Few GPUs before many, the first in the profile before the later ones.
    private static int[][] Groups(int[] candidates, long[] usable)
    {
        if (candidates.Length > MostForAllGroups)
        {
            int[] bySize = [.. candidates.OrderByDescending(device => usable[device])];
            return [.. Enumerable.Range(1, bySize.Length).Select(count => bySize[..count].Order().ToArray())];
        }

        return [.. Enumerable.Range(1, (1 << candidates.Length) - 1)
            .Select(set => candidates.Where((_, i) => (set & (1 << i)) != 0).ToArray())
            .OrderBy(group => group.Length)];
    }
}
