using LocalLlm.Tests.Gguf;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Inference;

public sealed class OverflowTests : IDisposable
{
    private static readonly GenerationOptions Shifting = new() { Temperature = 0, IgnoreEndOfGeneration = true, Overflow = OverflowPolicy.Shift, MaxOutputTokens = 300 };

    private readonly TestFolder _folder = new();

    public static TheoryData<string> Architectures => new(TinyModels.All);

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Architectures))]
    public void A_shifting_answer_goes_on_beyond_the_context(string architecture)
    {
        using LocalModel model = LocalModel.Load(TinyModels.Write(_folder, architecture), TestModels.OnCpu with { ContextLength = 96 });

        GenerateReply reply = model.Generate("Once upon a time", Shifting);
        GenerateReply again = model.Generate("Once upon a time", Shifting with { Seed = 5 });

        Assert.Equal(300, reply.TokenIds.Count);
        Assert.Equal(ChatFinishReason.Length, reply.FinishReason);
        // What was moved is not taken for what it was: the first part must be computed as if nothing had been before.
        Assert.Equal(reply.TokenIds.Take(90), again.TokenIds.Take(90));
    }

    [Fact]
    public void Without_shift_the_answer_ends_where_the_context_is_full()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 96);

        GenerateReply reply = model.Generate("Once upon a time", Shifting with { Overflow = OverflowPolicy.Throw });

        Assert.Equal(96, reply.Timings.PromptTokens + reply.TokenIds.Count - 1);
        Assert.Equal(ChatFinishReason.Length, reply.FinishReason);
    }

    [Fact]
    public void A_prompt_without_room_is_refused_with_either_policy() =>
        Assert.Equal(96, Assert.Throws<ContextOverflowException>(() =>
        {
            using LocalModel model = TestModels.LoadGuide(contextLength: 96);
            model.Generate(string.Concat(Enumerable.Repeat("word ", 200)), Shifting);
        }).ContextLength);

    // A position belongs to the cell (T2): moving the cells of a shared beginning would move the other call's text.
    [Fact]
    public async Task A_shift_does_not_move_calls_that_begin_alike()
    {
        string beginning = string.Join(' ', Enumerable.Range(1, 28).Select(i => $"{i} times"));
        using LocalModel model = TestModels.LoadGuide(contextLength: 128, sequences: 3);
        using BareModel bare = new(TestModels.Guide, contextLength: 128);
        int[] tokens = model.Tokenize(beginning, addSpecial: true);
        // Most of what the shift moves or drops is what they have in common.
        Assert.InRange(tokens.Length, 80, 110);
        GenerationOptions other = Shifting with { MaxOutputTokens = 15 };
        string[] prompts = [.. Enumerable.Range(0, 6).Select(i => $"{beginning} and {i}")];
        IReadOnlyList<int>[] alone = [.. prompts.Select(p => model.Generate(p, other with { Seed = 1 }).TokenIds)];
        model.Generate(beginning, other);

        // Beside a call that shifts again and again, one after the other: at every place of it.
        Task<GenerateReply> shifting = model.GenerateAsync(beginning, Shifting, TestContext.Current.CancellationToken);
        for (int i = 0; i < prompts.Length; i++)
        {
            GenerateReply beside = await model.GenerateAsync(prompts[i], other, TestContext.Current.CancellationToken);
            GreedyText.AssertEqual(bare, model.Tokenize(prompts[i], addSpecial: true), alone[i], beside.TokenIds);
        }

        Assert.Equal(300, (await shifting).TokenIds.Count);
    }

    // What a shifting call drops must be free then, or its next tokens have no place and another call fails for it.
    [Fact]
    public async Task Shifting_calls_that_begin_alike_fill_the_cache_and_all_end()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 100, sequences: 2);
        string beginning = string.Join(' ', Enumerable.Range(1, 14).Select(i => $"{i} times"));

        GenerateReply[] replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => model.GenerateAsync(
            beginning, Shifting with { MaxOutputTokens = 40 * (i + 1) }, TestContext.Current.CancellationToken)));

        Assert.Equal([40, 80, 120, 160, 200, 240], replies.Select(r => r.TokenIds.Count));
    }
}
