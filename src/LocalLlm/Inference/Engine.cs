using LocalLlm.Hardware;
using LocalLlm.Native;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Inference;

/// <summary>
/// Runs one loaded model: one thread that owns the context. Each of its steps decodes one batch, made of one token of
/// every generating sequence and the next pieces of waiting prompts.
/// </summary>
internal sealed partial class Engine : IDisposable
{
    // Of the memory that is left after loading, what saved states may take.
    private const int CheckpointShare = 8;

    // For a few tokens it is not worth to wait for another call.
    private const int WorthSharing = 16;

    private static readonly HashSet<Engine> Running = [];

    private readonly Lock _gate = new();
    private readonly AutoResetEvent _work = new(initialState: false);
    private readonly Queue<Generation> _inbox = new();
    private readonly List<Generation> _waiting = [];
    private readonly List<Generation> _active = [];
    private readonly List<Generation> _stepping = [];
    private readonly LoadedModel _model;
    private readonly EngineContext _context;
    private readonly KvCache _cache;
    private readonly Candidates _candidates;
    private readonly PrefillBudget _prefillBudget;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private NativeLogScope? _decoding;
    private volatile bool _isStopping;
    private Exception? _fault;

    static Engine() => AppDomain.CurrentDomain.ProcessExit += (_, _) => StopAll();

    /// <summary>Starts the thread; the engine owns the model and the context from now on.</summary>
    internal Engine(LoadedModel model, EngineContext context, int contextLength, int sequences, ILogger logger)
    {
        _model = model;
        _context = context;
        _logger = logger;
        ContextLength = contextLength;
        _cache = new KvCache(context, model.Vocabulary, contextLength, sequences, checkpointBytes: SystemMemory.AvailableBytes() / CheckpointShare);
        _candidates = new Candidates(model.Vocabulary.Count);
        _prefillBudget = new PrefillBudget(context.Batch.Capacity);
        lock (Running)
        {
            Running.Add(this);
        }

        // In the background: an application that forgets to dispose the model still ends.
        _thread = new Thread(Run) { IsBackground = true, Name = $"LocalLlm {Path.GetFileName(model.Path)}" };
        _thread.Start();
    }

    /// <summary>The context of one conversation, in tokens.</summary>
    internal int ContextLength { get; }

    /// <summary>Queues a request.</summary>
    /// <exception cref="ContextOverflowException">The prompt leaves no room for an answer.</exception>
    /// <exception cref="ObjectDisposedException">The engine is stopped.</exception>
    internal Generation Submit(GenerationRequest request)
    {
        if (request.Prompt.Length >= ContextLength)
        {
            throw new ContextOverflowException(request.Prompt.Length, ContextLength);
        }

        ThrowIfEnded();
        Generation generation = new(request, _model.Vocabulary);
        try
        {
            lock (_gate)
            {
                ThrowIfEnded();
                _inbox.Enqueue(generation);
                _work.Set();
                return generation;
            }
        }
        catch
        {
            generation.Dispose();
            throw;
        }
    }

    /// <summary>Ends a generation that is not wanted any more. Its reader gets the reason.</summary>
    internal void Cancel(Generation generation, Exception reason)
    {
        generation.Cancel(reason);
        lock (_gate)
        {
            AbortIfUnwanted();
        }

        _work.Set();
    }

    /// <summary>Ends every generation with <see cref="ObjectDisposedException"/>, joins the thread and frees the model.</summary>
    public void Dispose()
    {
        Stop();
        // A logger of the caller's may run on the engine's thread and dispose the model from there.
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }
    }

    // Native code must not run any more when the C runtime tears down its statics.
    private static void StopAll()
    {
        Engine[] engines;
        lock (Running)
        {
            engines = [.. Running];
        }

        foreach (Engine engine in engines)
        {
            engine.Stop();
        }

        foreach (Engine engine in engines)
        {
            engine._thread.Join(TimeSpan.FromSeconds(5));
        }
    }

    /// <summary>Throws where the engine takes no calls any more.</summary>
    internal void ThrowIfEnded()
    {
        if (_isStopping || _fault is not null)
        {
            throw Ended();
        }
    }

    private Exception Ended() => _fault is null || _isStopping
        ? new ObjectDisposedException("LocalModel")
        : new LocalLlmException($"The engine has stopped after an error: {_fault.Message} Dispose the model and load it again.", _fault);

    /// <summary>Ends every generation with <see cref="ObjectDisposedException"/>, without waiting for the thread.</summary>
    internal void Stop()
    {
        lock (_gate)
        {
            _isStopping = true;
            AbortIfUnwanted();
        }

        _work.Set();
    }

    private void Run()
    {
        using NativeLogScope log = NativeLog.Enter(_logger);
        try
        {
            while (!_isStopping)
            {
                Receive();
                if (_active.Count == 0)
                {
                    _work.WaitOne();
                    continue;
                }

                Step(log);
            }
        }
        catch (Exception thrown)
        {
            lock (_gate)
            {
                _fault = thrown;
            }

            TryLogFault(thrown);
        }
        finally
        {
            EndAll();
            EndRequests();
            Free();
        }
    }

    /// <summary>Takes what callers sent, drops what they cancelled, and starts what there is a sequence for, in order.</summary>
    private void Receive()
    {
        lock (_gate)
        {
            while (_inbox.TryDequeue(out Generation? generation))
            {
                _waiting.Add(generation);
            }
        }

        for (int i = _active.Count - 1; i >= 0; i--)
        {
            if (_active[i].IsCancelled)
            {
                Finish(_active[i]);
            }
        }

        _waiting.RemoveAll(g => DisposeIfCancelled(g));
        if (!TryServeRequests())
        {
            return;
        }

        for (int i = 0; i < _waiting.Count;)
        {
            Generation next = _waiting[i];
            if (WillShare(next))
            {
                // Those behind it need not wait for the same.
                i++;
            }
            else if (TryStart(next))
            {
                _waiting.RemoveAt(i);
            }
            else
            {
                break;
            }
        }
    }

    private bool TryStart(Generation next)
    {
        if (_cache.TryStart(next.Prompt, next.MaxOutputTokens, reuse: !next.IsReproducible, next.Shifts) is not { } start)
        {
            return false;
        }

        next.Start(start);
        _active.Add(next);
        return true;
    }

    // A call that is reading the same beginning has read it before this one's turn to read would come: then it is shared.
    private bool WillShare(Generation next)
    {
        if (_context.MemoryKind != MemoryKind.Attention || next.IsReproducible || next.Shifts)
        {
            return false;
        }

        foreach (Generation reading in _active)
        {
            if (reading.NextToken is null && !reading.Sequence!.MayShift)
            {
                int shared = reading.Prompt.AsSpan().CommonPrefixLength(next.Prompt);
                if (shared >= WorthSharing && reading.Sequence.Tokens.Count < shared)
                {
                    return true;
                }
            }
        }

        return false;
    }

    // The caller's logger may be what failed: on this thread nobody would catch it.
    private void TryLogFault(Exception thrown)
    {
        try
        {
            LogFault(_logger, thrown);
        }
        catch (Exception)
        {
            // The fault itself reaches every caller.
        }
    }

    private static bool DisposeIfCancelled(Generation generation)
    {
        if (generation.IsCancelled)
        {
            generation.Dispose();
        }

        return generation.IsCancelled;
    }

    private void Finish(Generation generation)
    {
        _active.Remove(generation);
        _cache.Release(generation.Sequence!);
        generation.Dispose();
    }

    private void EndAll()
    {
        lock (_gate)
        {
            _isStopping |= _fault is null;
            _waiting.AddRange(_inbox);
            _inbox.Clear();
        }

        foreach (Generation generation in _waiting.Concat(_active))
        {
            generation.Stream.Fail(Ended());
            generation.Dispose();
        }
    }

    private void Free()
    {
        _context.Dispose();
        _candidates.Dispose();
        _model.Dispose();
        lock (Running)
        {
            Running.Remove(this);
        }
    }

    [LoggerMessage(EventId = 20, Level = LogLevel.Error, Message = "The inference engine stopped after an error.")]
    private static partial void LogFault(ILogger logger, Exception exception);
}
