namespace LocalLlm.Planning;

/// <summary>
/// Divides a run of modules over devices in their order: one or more for the first and the last, which have duties of their
/// own, any number for those between. As a device that takes more leaves less for the others, taking all that fits from one
/// end finds a division wherever there is one.
/// </summary>
internal static class ContiguousFill
{
    /// <summary>Fills the last device first, then the one before; the first gets what is left.</summary>
    /// <param name="sums">For each device the bytes of the modules before each module, and of all at the end: never falling.</param>
    /// <param name="rooms">Bytes that each device has for modules.</param>
    /// <param name="start">The first module of the run, which reaches to the last.</param>
    /// <returns>The number of modules of each device, or null when they don't fit.</returns>
    public static int[]? FromLast(IReadOnlyList<long[]> sums, ReadOnlySpan<long> rooms, int start)
    {
        int[] counts = new int[rooms.Length];
        int end = sums[0].Length - 1;
        for (int d = rooms.Length - 1; d >= 0; d--)
        {
            int first = LowestStart(sums[d], rooms[d], start + Math.Min(d, 1), end);
            bool needsOne = d == 0 || d == rooms.Length - 1;
            if ((needsOne && first >= end) || (d == 0 && first > start))
            {
                return null;
            }

            counts[d] = end - first;
            end = first;
        }

        return counts;
    }

    /// <summary>Fills the first device first, then the next; the last gets what is left.</summary>
    /// <inheritdoc cref="FromLast"/>
    public static int[]? FromFirst(IReadOnlyList<long[]> sums, ReadOnlySpan<long> rooms, int start)
    {
        int[] counts = new int[rooms.Length];
        int modules = sums[0].Length - 1;
        int first = start;
        for (int d = 0; d < rooms.Length; d++)
        {
            int last = rooms.Length - 1;
            int end = HighestEnd(sums[d], rooms[d], first, modules - Math.Min(last - d, 1));
            bool needsOne = d == 0 || d == last;
            if ((needsOne && end <= first) || (d == last && end < modules))
            {
                return null;
            }

            counts[d] = end - first;
            first = end;
        }

        return counts;
    }

    // The lowest i, at least least, for which modules i to end fit; end where none does.
    private static int LowestStart(long[] sums, long room, int least, int end)
    {
        int low = Math.Min(least, end);
        int high = end;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = sums[end] - sums[middle] <= room ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    // The highest i, at most most, for which modules first to i fit; first where none does.
    private static int HighestEnd(long[] sums, long room, int first, int most)
    {
        int low = first;
        int high = Math.Max(most, first);
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = sums[middle] - sums[first] <= room ? (middle, high) : (low, middle - 1);
        }

        return low;
    }
}
