using LocalLlm.Hardware;

namespace LocalLlm.Tests.Hardware;

public sealed class ProcessorCoresTests
{
    [Theory]
    [InlineData("0-7", 4)]
    [InlineData("0,4", 1)]
    [InlineData("0-1,6", 3)]
    [InlineData("9", null)]
    [InlineData("", null)]
    public void Only_cores_that_the_process_may_run_on_count(string allowed, int? cores)
    {
        // Four cores with two threads each: 0 and 4, 1 and 5, …
        using TemporaryFolder folder = new();
        for (int cpu = 0; cpu < 8; cpu++)
        {
            string topology = Path.Combine($"{folder}", $"cpu{cpu}", "topology");
            Directory.CreateDirectory(topology);
            File.WriteAllText(Path.Combine(topology, "thread_siblings_list"), $"{cpu % 4},{(cpu % 4) + 4}\n");
        }

        string status = Path.Combine($"{folder}", "status");
        File.WriteAllText(status, $"Name:\tdotnet\nCpus_allowed_list:\t{allowed}\n");

        Assert.Equal(cores, ProcessorCores.LinuxCores($"{folder}", status));
    }

    [Fact]
    public void There_is_at_least_one_and_never_more_than_the_container_s_limit() =>
        Assert.InRange(ProcessorCores.Usable, 1, Environment.ProcessorCount);
}
