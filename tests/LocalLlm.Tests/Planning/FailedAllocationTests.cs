using LocalLlm.Inference;
using LocalLlm.Tests.FakeGpu;

namespace LocalLlm.Tests.Planning;

/// <summary>GPUs that give less than they said.</summary>
public sealed class FailedAllocationTests
{
    // R19
    [Theory]
    [InlineData(nameof(FailedAllocationChild.Others_take_the_memory_between_plan_and_load))]
    [InlineData(nameof(FailedAllocationChild.The_driver_tells_of_more_than_it_gives))]
    [InlineData(nameof(FailedAllocationChild.A_placement_of_ones_own_is_not_overruled))]
    [InlineData(nameof(FailedAllocationChild.What_a_loading_model_will_take_is_counted_once))]
    public Task A_model_that_finds_less_memory_than_planned(string what) =>
        ChildTest.PassesAsync(typeof(FailedAllocationChild), what, null, ("LOCALLLM_FAKE_GPU", FakeGpus.Build()), ("GGML_VK_VISIBLE_DEVICES", "-1"));

    [Theory]
    [InlineData("ggml_gallocr_reserve_n_impl: failed to allocate CUDA0 buffer of size 271056896", "CUDA0", 271056896)]
    [InlineData("alloc_tensor_range: failed to allocate Vulkan1 buffer of size 1", "Vulkan1", 1)]
    public void The_log_tells_which_buffer_could_not_be_had(string line, string buffer, long bytes)
    {
        NativeRuntime.Load();
        FailedAllocation failure = Assert.IsType<FailedAllocation>(FailedAllocation.Read(line));

        Assert.Equal((buffer, bytes), (failure.Buffer, failure.Bytes));
    }

    [Theory]
    [InlineData("load_tensors: Vulkan0 model buffer size = 92.10 MiB")]
    [InlineData("failed to allocate graph, reserving")]
    public void Other_lines_tell_of_no_failure(string line) => Assert.Null(FailedAllocation.Read(line));

    [Theory]
    [InlineData(600, 1000, 400)]
    [InlineData(1000, 1000, 1000)]
    [InlineData(null, 1000, 1000)]
    public void The_shortfall_is_what_was_missing_or_all_of_it(int? free, long bytes, long expected) =>
        Assert.Equal(expected, new FailedAllocation("CUDA0", bytes, free).ShortfallBytes);
}
