using System.Diagnostics;
using System.Globalization;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Inference;

public sealed class RandomCallsTests : IDisposable
{
    private const int ContextLength = 120;

    private static readonly string[] Models = [EngineModels.Guide, TinyModels.Window, TinyModels.Recurrent, TinyModels.Hybrid];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Calls of random length and kind, some cancelled, some abandoned, some whose model is disposed under them: each ends as it should, and nothing is kept of it.</summary>
    [Fact]
    public async Task No_call_is_lost_and_memory_stays_flat()
    {
        int count = int.Parse(
            Environment.GetEnvironmentVariable("LOCALLLM_RANDOM_CALLS") ?? (Requirement.RunsAll ? "2000" : "400"), CultureInfo.InvariantCulture);
        Random random = new(20261125);
        int lives = count / 100;
        // The first lives warm the process up.
        long? warm = null;
        int done = 0;
        for (int life = 0; life < lives; life++)
        {
            done += await LiveAsync(EngineModels.Path(Models[life % Models.Length], _folder), random, calls: 100);
            warm = life == Math.Min(Models.Length - 1, lives / 2) ? PrivateBytes() : warm;
        }

        Assert.Equal(lives * 100, done);
        Assert.InRange(PrivateBytes() - warm!.Value, long.MinValue, 48 << 20);
    }

    private static async Task<int> LiveAsync(string path, Random random, int calls)
    {
        LocalModel model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = ContextLength, Sequences = random.Next(1, 4) });
        int[] seeds = [.. Enumerable.Range(0, calls).Select(_ => random.Next())];
        int disposeAfter = random.Next(calls * 2);
        int started = 0;
        int ended = 0;
        bool disposed = false;
        Task[] callers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            int next;
            while ((next = Interlocked.Increment(ref started) - 1) < calls)
            {
                if (next == disposeAfter)
                {
                    Volatile.Write(ref disposed, true);
                    await model.DisposeAsync();
                }

                await CallAsync(model, new Random(seeds[next]), () => Volatile.Read(ref disposed)).WaitAsync(TimeSpan.FromMinutes(1));
                Interlocked.Increment(ref ended);
            }
        }))];
        await Task.WhenAll(callers);
        await model.DisposeAsync();
        return ended;
    }

    private static async Task CallAsync(LocalModel model, Random random, Func<bool> isDisposed)
    {
        string prompt = string.Concat(Enumerable.Repeat($"{(char)('a' + random.Next(4))} ", random.Next(1, 55)));
        GenerationOptions options = new()
        {
            Temperature = random.Next(2),
            MaxOutputTokens = random.Next(4) == 0 ? null : random.Next(1, 50),
            Overflow = random.Next(6) == 0 ? OverflowPolicy.Shift : OverflowPolicy.Throw,
            Seed = random.Next(5) == 0 ? random.Next() : null,
            StopSequences = random.Next(3) == 0 ? ["e"] : null,
        };
        if (options.MaxOutputTokens is null && options.Overflow == OverflowPolicy.Shift)
        {
            options = options with { MaxOutputTokens = 250 };
        }

        using CancellationTokenSource cancellation = new();
        if (random.Next(4) == 0)
        {
            cancellation.CancelAfter(random.Next(30));
        }

        try
        {
            switch (random.Next(3))
            {
                case 0:
                    Check(await Task.Run(() => model.Generate(prompt, options, cancellation.Token), CancellationToken.None), options);
                    break;
                case 1:
                    Check(await model.GenerateAsync(prompt, options, cancellation.Token), options);
                    break;
                default:
                    int left = random.Next(2) == 0 ? int.MaxValue : random.Next(10);
                    await foreach (string piece in model.GenerateStreamingAsync(prompt, options, cancellation.Token))
                    {
                        Assert.NotEmpty(piece);
                        if (left-- == 0)
                        {
                            break;
                        }
                    }

                    break;
            }
        }
        catch (OperationCanceledException error)
        {
            Assert.True(cancellation.IsCancellationRequested);
            Assert.Equal(cancellation.Token, error.CancellationToken);
        }
        catch (ObjectDisposedException)
        {
            Assert.True(isDisposed());
        }
    }

    private static void Check(GenerateReply reply, GenerationOptions options)
    {
        Assert.InRange(reply.TokenIds.Count, 0, options.MaxOutputTokens ?? ContextLength);
        Assert.Equal(reply.TokenIds.Count, reply.Timings.GeneratedTokens);
    }

    private static long PrivateBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
