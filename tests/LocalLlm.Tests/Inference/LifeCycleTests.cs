using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Tests.Inference;

public sealed class LifeCycleTests
{
    private static readonly GenerationOptions Endless = new() { Temperature = 100, TopK = 0, TopP = 1, MinP = 0, IgnoreEndOfGeneration = true, Overflow = OverflowPolicy.Shift };
    private static readonly GenerationOptions Greedy = new() { Temperature = 0, MaxOutputTokens = 24 };

    [Fact]
    public async Task A_cancelled_call_ends_with_the_caller_s_token_and_the_next_one_works()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 2048);
        string expected = model.Generate("Hello", Greedy).Text;
        using CancellationTokenSource decoding = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string _ in model.GenerateStreamingAsync("Hello", Endless, decoding.Token))
            {
                await decoding.CancelAsync();
            }
        });

        using CancellationTokenSource before = new();
        await before.CancelAsync();
        OperationCanceledException error = Assert.ThrowsAny<OperationCanceledException>(() => model.Generate("Hello", Greedy, before.Token));
        Assert.Equal(before.Token, error.CancellationToken);
        error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.GenerateAsync("Hello", Greedy, before.Token));
        Assert.Equal(before.Token, error.CancellationToken);

        Assert.Equal(expected, model.Generate("Hello", Greedy).Text);
    }

    [Fact]
    public async Task A_token_that_is_given_to_the_stream_cancels_it_as_well()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 2048);
        using CancellationTokenSource source = new();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string _ in model.GenerateStreamingAsync("Hello", Endless).WithCancellation(source.Token))
            {
                await source.CancelAsync();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (Microsoft.Extensions.AI.ChatResponseUpdate _ in model.ChatStreamingAsync("Hello").WithCancellation(source.Token))
            {
            }
        });
    }

    [Fact]
    public async Task A_call_can_be_cancelled_while_it_waits_and_while_its_prompt_is_read()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 2048);
        using CancellationTokenSource first = new();
        using CancellationTokenSource second = new();
        Task<GenerateReply> running = model.GenerateAsync(string.Concat(Enumerable.Repeat("word ", 900)), Endless, first.Token);
        // Neither has a limit, and there is room for one.
        Task<GenerateReply> waiting = model.GenerateAsync("Hello", Endless, second.Token);

        await second.CancelAsync();
        Assert.Equal(second.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting)).CancellationToken);
        await first.CancelAsync();
        Assert.Equal(first.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running)).CancellationToken);

        Assert.NotEmpty((await model.GenerateAsync("Hello", Greedy, Token)).Text);
    }

    // Chats begin alike, with the template's markup: that must not make them take each other's KV cache away.
    [Fact]
    public void Two_chats_keep_their_own_sequences()
    {
        using LocalModel model = TestModels.LoadGuide(sequences: 2);
        string[] prompts = ["<|im_start|>user\nThe first chat talks about cats, dogs and their food.", "<|im_start|>user\nAnother one is about machines that compute."];
        foreach (string prompt in prompts)
        {
            model.Generate(prompt, Greedy);
        }

        foreach (string prompt in prompts)
        {
            Timings timings = model.Generate(prompt, Greedy).Timings;
            Assert.Equal(timings.PromptTokens - 1, timings.CachedTokens);
        }
    }

    // Neither says how long its answer may be, so each could take the whole cache: what it does not take stays the other's.
    [Fact]
    public void Two_chats_without_limits_keep_what_they_have_said()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 2048);
        string[] questions = ["What is a token?", "What is a layer, and where is it?"];
        GenerationOptions unlimited = new() { Temperature = 0, StopSequences = ["."] };
        foreach (string question in questions)
        {
            model.Generate(question, unlimited);
        }

        foreach (string question in questions)
        {
            Timings timings = model.Generate(question, unlimited).Timings;
            Assert.Equal(timings.PromptTokens - 1, timings.CachedTokens);
        }
    }

    // R34: leaving a stream frees its sequence; with one sequence the next call could not run otherwise.
    [Fact]
    public async Task Leaving_a_stream_ends_its_generation()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 2048);
        for (int i = 0; i < 5; i++)
        {
            await foreach (string _ in model.GenerateStreamingAsync("Hello", Endless, Token))
            {
                break;
            }
        }

        Assert.NotEmpty(model.Generate("Hello", Greedy).Text);
    }

    [Fact]
    public async Task Disposing_the_model_ends_running_and_waiting_calls()
    {
        LocalModel model = TestModels.LoadGuide(contextLength: 2048);
        Task<GenerateReply>[] calls = [.. Enumerable.Range(0, 4).Select(_ => model.GenerateAsync("Hello", Endless, Token))];
        Task<Exception> blocking = Task.Run(() => Record.Exception(() => model.Generate("Hello", Endless)), Token)!;

        // From a stream's consumer, while others run.
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await using LocalModel other = TestModels.LoadGuide(contextLength: 2048);
            await foreach (string _ in other.GenerateStreamingAsync("Hello", Endless, Token))
            {
                await other.DisposeAsync();
            }
        });
        model.Dispose();

        foreach (Task<GenerateReply> call in calls)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => call);
        }

        Assert.IsType<ObjectDisposedException>(await blocking);
    }

    [Fact]
    public async Task A_disposed_model_refuses_everything()
    {
        LocalModel model = TestModels.LoadGuide();
        model.Dispose();
        model.Dispose();
        await model.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => model.Generate("Hello"));
        Assert.Throws<ObjectDisposedException>(() => model.Chat("Hello"));
        Assert.Throws<ObjectDisposedException>(() => model.Tokenize("Hello"));
        Assert.Throws<ObjectDisposedException>(() => model.Detokenize([1]));
        Assert.Throws<ObjectDisposedException>(() => model.CountTokens([]));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => model.GenerateAsync("Hello", cancellationToken: Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
        {
            await foreach (string _ in model.GenerateStreamingAsync("Hello", cancellationToken: Token))
            {
            }
        });
    }

    // R35
    [Fact]
    public async Task Two_models_chat_in_one_process()
    {
        using LocalModel guide = TestModels.LoadGuide();
        using LocalModel smol = LocalModel.Load(TestModels.SmolLm2, TestModels.OnCpu with { ContextLength = 256 });
        string guideAlone = guide.Generate("Hello", Greedy).Text;
        string smolAlone = smol.Generate("Hello", Greedy).Text;

        Task<GenerateReply> a = guide.GenerateAsync("Hello", Greedy, Token);
        Task<GenerateReply> b = smol.GenerateAsync("Hello", Greedy, Token);

        Assert.Equal(guideAlone, (await a).Text);
        Assert.Equal(smolAlone, (await b).Text);
    }

    // R35
    [Fact]
    public void Two_hundred_loads_and_disposals_do_not_grow_the_process()
    {
        for (int i = 0; i < 20; i++)
        {
            LoadAndUse();
        }

        long before = WorkingSet();
        for (int i = 0; i < 200; i++)
        {
            LoadAndUse();
        }

        // A leaked context is about 4 MiB, a leaked model 12 MiB: 200 of either would be far above this.
        Assert.InRange(WorkingSet() - before, long.MinValue, 64 << 20);

        static void LoadAndUse()
        {
            using LocalModel model = TestModels.LoadGuide(contextLength: 256);
            model.Generate("Hello", new GenerationOptions { MaxOutputTokens = 1 });
        }

        static long WorkingSet()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using Process process = Process.GetCurrentProcess();
            return process.WorkingSet64;
        }
    }

    [Fact]
    public void An_idle_model_uses_no_processor_time()
    {
        using LocalModel model = TestModels.LoadGuide();
        model.Generate("Hello", Greedy);
        // ggml's workers look out for work for a moment before they sleep.
        Thread.Sleep(TimeSpan.FromSeconds(1));
        using Process process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;

        Thread.Sleep(TimeSpan.FromSeconds(1));

        process.Refresh();
        Assert.InRange(process.TotalProcessorTime - before, TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public Task A_process_with_a_running_stream_and_an_undisposed_model_still_ends_well() =>
        ChildTest.PassesAsync(typeof(LoadChild), nameof(LoadChild.Leaves_a_stream_running));

    [Fact]
    public Task A_process_in_which_models_are_loading_still_ends_well() =>
        ChildTest.PassesAsync(typeof(LoadChild), nameof(LoadChild.Leaves_loads_running));

    [Fact]
    public Task A_long_unbroken_run_of_characters_does_not_end_the_process() =>
        ChildTest.PassesAsync(typeof(LoadChild), nameof(LoadChild.Tokenizes_a_long_run_of_letters));

    [Fact]
    public async Task Nothing_is_computed_on_the_caller_s_thread()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 2048);
        string prompt = string.Concat(Enumerable.Repeat("word ", 900));
        model.Generate(prompt, Greedy);

        Task<GenerateReply> call = model.GenerateAsync(prompt + "once more", Greedy with { MaxOutputTokens = 1000, IgnoreEndOfGeneration = true }, Token);

        Assert.False(call.IsCompleted);
        await call;
    }

    // R32
    [Fact]
    public void The_log_says_where_the_layers_are_and_which_GPU_is_not_used()
    {
        List<string> lines = [];
        using LocalModel model = LocalModel.Load(
            TestModels.Guide, TestModels.OnCpu with { ContextLength = 256, LoggerFactory = new CallbackLoggerFactory((_, line) => lines.Add(line)) });

        string placement = Assert.Single(lines, l => l.Contains("layers on the CPU", StringComparison.Ordinal));
        Assert.Contains("7 of 7 layers on the CPU, 0 on GPUs", placement, StringComparison.Ordinal);
        foreach (NativeDevice gpu in NativeRuntime.Load().Devices.Where(d => d.Type == NativeDeviceType.Gpu))
        {
            Assert.Contains(gpu.Name, placement, StringComparison.Ordinal);
        }

        // With an empty device list no GPU holds anything (T11).
        Assert.DoesNotContain(lines, l => l.Contains("Vulkan0 model buffer", StringComparison.Ordinal) || l.Contains("Vulkan0 compute buffer", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("CPU_Mapped model buffer", StringComparison.Ordinal));
    }

    [Fact]
    public void Layers_on_a_GPU_give_the_same_answer()
    {
        Requirement.Meet("vulkan", NativeRuntime.Load().Backends.Contains("Vulkan"), "There is no Vulkan backend (libvulkan1, mesa-vulkan-drivers).");
        using LocalModel onCpu = TestModels.LoadGuide(contextLength: 256);
        List<string> lines = [];
        using LocalModel onGpu = LocalModel.Load(
            TestModels.Guide, new LoadOptions { ContextLength = 256, GpuLayers = 7, LoggerFactory = new CallbackLoggerFactory((_, line) => lines.Add(line)) });

        Assert.Contains(lines, l => l.Contains("Vulkan0 model buffer", StringComparison.Ordinal));
        Assert.Equal(onCpu.Chat("What is a GGUF file?", Deterministic()).Text, onGpu.Chat("What is a GGUF file?", Deterministic()).Text);

        static Microsoft.Extensions.AI.ChatOptions Deterministic() => new() { Temperature = 0, MaxOutputTokens = 16 };
    }

    // llama.cpp calls a decode that was given up an error; to the one who cancelled it is none.
    [Fact]
    public async Task A_cancelled_call_logs_no_error()
    {
        List<LogLevel> levels = [];
        using (LocalModel model = LocalModel.Load(TestModels.Guide, TestModels.OnCpu with
        {
            ContextLength = 2048,
            LoggerFactory = new CallbackLoggerFactory((level, _) => levels.Add(level)),
        }))
        {
            levels.Clear();
            for (int i = 0; i < 10; i++)
            {
                using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(20 + i));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.GenerateAsync(string.Concat(Enumerable.Repeat($"{i} word ", 900 / 2)), Endless, source.Token));
            }
        }

        Assert.DoesNotContain(levels, l => l >= LogLevel.Warning);
    }

    [Fact]
    public async Task What_a_logger_throws_while_generating_reaches_that_call_and_the_engine_goes_on()
    {
        bool throws = false;
        using LocalModel model = LocalModel.Load(TestModels.Guide, TestModels.OnCpu with
        {
            ContextLength = 256,
            LoggerFactory = new CallbackLoggerFactory((_, _) => _ = throws ? throw new InvalidTimeZoneException("mine") : 0),
        });
        throws = true;
        Exception? error = await Record.ExceptionAsync(() => model.GenerateAsync("Hello", Greedy, Token));
        throws = false;

        // llama.cpp may log nothing while it decodes: then there is nothing to throw.
        Assert.True(error is null or InvalidTimeZoneException);
        Assert.NotEmpty(model.Generate("Hello", Greedy).Text);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
