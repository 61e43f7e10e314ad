using System.Diagnostics;
using LocalLlm.Native;

namespace LocalLlm.Inference;

/// <summary>
/// The processor's threads, as one context has them. ggml's threads spin, also for a while after their work is done, so
/// threads of two models on the same cores cost a multiple of what they give: all contexts of a thread count share one
/// pool, and one model of the process computes at a time, in turn.
/// </summary>
internal sealed class ComputeThreads : IDisposable
{
    private static readonly object Gate = new();
    private static readonly Dictionary<int, (ThreadPoolHandle Pool, int Users)> Pools = [];
    private static readonly TimeSpan Recently = TimeSpan.FromSeconds(3);
    private static long _nextTicket;
    private static long _served;
    private static ComputeThreads? _lastUser;
    private static long _lastChange = Stopwatch.GetTimestamp();

    private readonly int _count;
    private readonly bool _takesTurns;
    private readonly bool _hasPool;

    private ComputeThreads(int count, bool takesTurns, bool hasPool)
    {
        _count = count;
        _takesTurns = takesTurns;
        _hasPool = hasPool;
    }

    /// <summary>Gives a context its threads. It must be freed before the result is disposed.</summary>
    /// <param name="context">The context.</param>
    /// <param name="count">How many threads it computes with.</param>
    /// <param name="onCpu">Whether the processor computes layers of its model: a model that is all on GPUs neither waits for others nor keeps them waiting.</param>
    internal static ComputeThreads Attach(ContextHandle context, int count, bool onCpu)
    {
        if (!onCpu)
        {
            LlamaApi.llama_set_n_threads(context, 1, 1);
            return new ComputeThreads(1, takesTurns: false, hasPool: false);
        }

        lock (Gate)
        {
            // Without a pool ggml starts its threads anew for every graph.
            ThreadPoolHandle? pool = Pools.TryGetValue(count, out (ThreadPoolHandle Pool, int Users) shared) ? shared.Pool : ThreadPoolHandle.Start(count);
            if (pool is not null)
            {
                Pools[count] = (pool, shared.Users + 1);
                LlamaApi.llama_attach_threadpool(context, pool, pool);
            }

            return new ComputeThreads(count, takesTurns: true, hasPool: pool is not null);
        }
    }

    /// <summary>Whether no other model of the process has computed or waited to compute in the last seconds.</summary>
    internal bool IsAlone
    {
        get
        {
            lock (Gate)
            {
                return !_takesTurns || (_nextTicket == _served && (_lastUser == this || _lastUser is null) && Stopwatch.GetElapsedTime(_lastChange) > Recently);
            }
        }
    }

    /// <summary>Waits until it is this context's turn to compute; the turn ends with the disposal of the result.</summary>
    internal Turn TakeTurn()
    {
        if (_takesTurns)
        {
            lock (Gate)
            {
                long ticket = _nextTicket++;
                while (ticket != _served)
                {
                    Monitor.Wait(Gate);
                }

                if (_lastUser != this)
                {
                    _lastUser = this;
                    _lastChange = Stopwatch.GetTimestamp();
                }
            }
        }

        return new Turn(_takesTurns);
    }

    public void Dispose()
    {
        Interlocked.CompareExchange(ref _lastUser, null, this);
        if (!_hasPool)
        {
            return;
        }

        lock (Gate)
        {
            (ThreadPoolHandle pool, int users) = Pools[_count];
            if (users > 1)
            {
                Pools[_count] = (pool, users - 1);
                return;
            }

            Pools.Remove(_count);
            pool.Dispose();
        }
    }

    /// <summary>The right to compute.</summary>
    internal readonly struct Turn(bool isTaken) : IDisposable
    {
        public void Dispose()
        {
            if (isTaken)
            {
                lock (Gate)
                {
                    _served++;
                    Monitor.PulseAll(Gate);
                }
            }
        }
    }
}
