using LocalLlm.Planning;

namespace LocalLlm.Tests.Planning;

/// <summary>
/// The cases of Hugging Face Accelerate's tests (tests/test_modeling_utils.py), first layers first. Its reserve on the first
/// device, the largest module that may have to be streamed, is here what the device takes beside its modules.
/// </summary>
public sealed class ContiguousFillTests
{
    private static readonly long[] Model = [64, 72, 100];

    private static readonly long[] Blocks = [236, 236, 236];

    [Theory]
    // linear1 on 0, the rest on 1; then GPU 1 exactly full, nothing on 2.
    [InlineData(new long[] { 200, 200 }, new[] { 1, 2 })]
    [InlineData(new long[] { 200, 172 }, new[] { 1, 2 })]
    public void The_first_device_keeps_room_for_the_largest_module(long[] memory, int[] expected)
    {
        memory[0] -= Model.Max();
        Assert.Equal(expected, ContiguousFill.FromFirst(Sums(memory.Length, Model), memory, 0));
    }

    [Fact]
    public void Blocks_that_may_be_split_fill_the_first_device_further()
    {
        long[] leaves = [.. Blocks.SelectMany(_ => Model)];
        // 0, 1.linear1 and 1.batchnorm on 0; the rest on 1.
        Assert.Equal("5 4", Text(ContiguousFill.FromFirst(Sums(2, leaves), [500 - 100, 500], 0)));
    }

    [Fact]
    public void Blocks_that_may_not_be_split_stay_whole() =>
        Assert.Equal("1 2", Text(ContiguousFill.FromFirst(Sums(2, Blocks), [500 - 236, 500], 0)));

    [Fact]
    public void A_large_first_module_leaves_the_device_empty() =>
        // Big, small, big on 256 bytes: no run that reaches the end fits.
        Assert.Null(ContiguousFill.FromFirst(Sums(1, [300, 64, 300]), [256], 0));

    [Fact]
    public void From_the_last_device_on_it_is_the_mirror_image()
    {
        Assert.Equal("1 2", Text(ContiguousFill.FromLast(Sums(2, Model), [64, 172], 0)));
        Assert.Equal("2 1", Text(ContiguousFill.FromLast(Sums(2, Model), [136, 171], 0)));
        Assert.Equal("1 1", Text(ContiguousFill.FromLast(Sums(2, Model), [72, 171], 1)));
        Assert.Null(ContiguousFill.FromLast(Sums(2, Model), [135, 171], 0));
    }

    [Fact]
    public void The_first_and_the_last_device_get_a_module()
    {
        Assert.Equal("1 0 2", Text(ContiguousFill.FromLast(Sums(3, Model), [1000, 1000, 1000], 0)));
        Assert.Equal("2 0 1", Text(ContiguousFill.FromFirst(Sums(3, Model), [1000, 1000, 1000], 0)));
        Assert.Null(ContiguousFill.FromLast(Sums(2, Model), [1000, 1000], 2));
        Assert.Null(ContiguousFill.FromLast(Sums(2, Model), [-1, 1000], 0));
    }

    [Fact]
    public void Whatever_can_be_divided_is_from_both_ends()
    {
        Random random = new(1);
        for (int run = 0; run < 2000; run++)
        {
            long[] modules = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => (long)random.Next(1, 50))];
            long[] rooms = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (long)random.Next(0, 120))];
            long[][] sums = Sums(rooms.Length, modules);
            int start = random.Next(0, modules.Length);
            bool possible = CanDivide(modules, rooms, start, 0);
            foreach (int[]? counts in new[] { ContiguousFill.FromLast(sums, rooms, start), ContiguousFill.FromFirst(sums, rooms, start) })
            {
                Assert.Equal(possible, counts is not null);
                Assert.True(counts is null || Fits(modules, rooms, counts, start));
            }
        }
    }

    private static string Text(int[]? counts) => string.Join(' ', counts ?? []);

    private static bool CanDivide(long[] modules, long[] rooms, int start, int device)
    {
        if (device == rooms.Length)
        {
            return start == modules.Length;
        }

        bool needsOne = device == 0 || device == rooms.Length - 1;
        for (int end = start + (needsOne ? 1 : 0); end <= modules.Length; end++)
        {
            if (modules[start..end].Sum() <= rooms[device] && CanDivide(modules, rooms, end, device + 1))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Fits(long[] modules, long[] rooms, int[] counts, int start)
    {
        int at = start;
        for (int d = 0; d < counts.Length; d++)
        {
            bool needsOne = d == 0 || d == counts.Length - 1;
            if (counts[d] < (needsOne ? 1 : 0) || modules.Skip(at).Take(counts[d]).Sum() > rooms[d])
            {
                return false;
            }

            at += counts[d];
        }

        return at == modules.Length;
    }

    private static long[][] Sums(int devices, long[] modules)
    {
        long sum = 0;
        long[] sums = [0, .. modules.Select(bytes => sum += bytes)];
        return [.. Enumerable.Repeat(sums, devices)];
    }
}
