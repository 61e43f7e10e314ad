using LocalLlm.Inference;
using LocalLlm.Native;
using LocalLlm.Planning;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm.Tests.Inference;

/// <summary>The record of the KV cache by itself: what calls are promised they can have, whatever the others do.</summary>
public sealed class KvCacheTests : IDisposable
{
    private const int Length = 100;
    private const int Sequences = 4;

    private readonly LoadedModel _model;
    private readonly EngineContext _context;
    private readonly KvCache _cache;

    public KvCacheTests()
    {
        _model = BareWeights.Load(TestModels.Guide);
        using NativeLogScope quiet = NativeLog.Enter(NullLogger.Instance);
        _context = EngineContext.Create(
            _model, new CacheSettings { ContextLength = Length, Sequences = Sequences, MostOutputs = CacheSettings.AttentionOutputs }, threads: 1, onCpu: true)!;
        _cache = new KvCache(_context, _model.Vocabulary, Length, Sequences, checkpointBytes: 0);
    }

    public void Dispose()
    {
        _context.Dispose();
        _model.Dispose();
    }

    [Fact]
    public void Every_call_that_starts_can_have_all_its_tokens()
    {
        int[] prompt = Prompt(40, first: 300);
        List<KvSequence> started = [];
        while (_cache.TryStart(prompt, maxOutput: 30, reuse: true, shifts: false) is { } start)
        {
            Fill(start.Sequence, start.Prompt, 40);
            started.Add(start.Sequence);
        }

        // One beginning of 39 tokens, and 31 for each: (400 - 39) / 31.
        Assert.Equal(11, started.Count);
        Assert.All(started, s => Append(s, 30));
    }

    // What a shift drops must be free: cells that another call holds are not.
    [Fact]
    public void A_call_that_shifts_shares_nothing_with_those_that_run()
    {
        int[] prompt = Prompt(60, first: 300);
        KvSequence shifting = Started(prompt, maxOutput: null, shifts: true);
        List<KvSequence> others = [];
        while (_cache.TryStart(prompt, maxOutput: 39, reuse: true, shifts: false) is { } start)
        {
            Fill(start.Sequence, start.Prompt, 60);
            others.Add(start.Sequence);
        }

        Assert.NotEmpty(others);
        Append(shifting, 40);
        Assert.True(_cache.Shift(shifting).Length < Length);
        Append(shifting, Length - shifting.Tokens.Count);
        Assert.All(others, s => Append(s, 39));
    }

    [Fact]
    public void A_call_that_shifts_goes_on_from_an_idle_sequence_but_not_from_one_whose_cells_another_holds()
    {
        int[] prompt = Prompt(60, first: 300);
        _cache.Release(Started(prompt, maxOutput: 5, shifts: false));
        KvSequence sharing = Started(prompt, maxOutput: 39, shifts: false, expectedKept: 59);

        Started(prompt, maxOutput: null, shifts: true, expectedKept: 0);

        _cache.Release(sharing);
        int[] other = Prompt(60, first: 800);
        _cache.Release(Started(other, maxOutput: 5, shifts: false));
        Started(other, maxOutput: null, shifts: true, expectedKept: 59);
    }

    [Fact]
    public void What_is_idle_is_evicted_when_its_cells_are_needed_and_the_longest_idle_first()
    {
        KvSequence[] idle = [.. Enumerable.Range(0, Sequences).Select(i => Started(Prompt(90, first: 300 + (100 * i)), maxOutput: 5, shifts: false))];
        foreach (KvSequence sequence in idle)
        {
            _cache.Release(sequence);
        }

        KvStart start = _cache.TryStart(Prompt(80, first: 900), maxOutput: null, reuse: true, shifts: false)!.Value;

        Assert.All(idle, s => Assert.Equal(90, s.Tokens.Count));
        Fill(start.Sequence, start.Prompt, 80);
        Assert.Equal([0, 90, 90, 90], idle.Select(s => s.Tokens.Count));
        Append(start.Sequence, 20);
        Assert.Equal([0, 90, 90, 90], idle.Select(s => s.Tokens.Count));
    }

    [Fact]
    public void Without_reuse_the_cache_is_emptied_unless_a_call_runs()
    {
        KvSequence idle = Started(Prompt(20, first: 300), maxOutput: 5, shifts: false);
        _cache.Release(idle);

        KvSequence running = _cache.TryStart(Prompt(20, first: 300), maxOutput: 5, reuse: false, shifts: false)!.Value.Sequence;

        Assert.Empty(idle.Tokens);
        Fill(running, Prompt(20, first: 300), 20);
        Assert.NotNull(_cache.TryStart(Prompt(20, first: 500), maxOutput: 5, reuse: false, shifts: false));
        Assert.Equal(20, running.Tokens.Count);
    }

    private static int[] Prompt(int length, int first) => [.. Enumerable.Range(first, length)];

    private KvSequence Started(int[] prompt, int? maxOutput, bool shifts, int expectedKept = 0)
    {
        KvStart start = _cache.TryStart(prompt, maxOutput, reuse: true, shifts)!.Value;
        Assert.Equal(expectedKept, start.Sequence.Tokens.Count);
        Fill(start.Sequence, start.Prompt, prompt.Length);
        return start.Sequence;
    }

    private void Fill(KvSequence sequence, int[] prompt, int length)
    {
        int held = sequence.Tokens.Count;
        _cache.MakeRoom(length - held);
        _cache.Append(sequence, prompt.AsSpan(held, length - held));
    }

    private void Append(KvSequence sequence, int count)
    {
        _cache.MakeRoom(count);
        _cache.Append(sequence, new int[count]);
    }
}
