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
        using LocalModel model = LocalModel.Load(TinyModels.Write(_folder, architecture), new LoadOptions { ContextLength = 96 });

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
    public async Task A_shift_does_not_move_calls_that_share_its_beginning()
    {
        const string beginning = "All of them begin with the same long text, and they share the cells of it in the cache. All of them go on, and one of them shifts.";
        using LocalModel model = TestModels.LoadGuide(contextLength: 128, sequences: 3);
        using BareModel bare = new(TestModels.Guide, contextLength: 128);
        GenerationOptions other = Shifting with { MaxOutputTokens = 60 };
        string[] prompts = [$"{beginning} First", $"{beginning} Second"];
        IReadOnlyList<int>[] alone = [.. prompts.Select(p => model.Generate(p, other with { Seed = 1 }).TokenIds)];

        Task<GenerateReply> shifting = model.GenerateAsync(beginning, Shifting, TestContext.Current.CancellationToken);
        GenerateReply[] together = await Task.WhenAll(prompts.Select(p => model.GenerateAsync(p, other, TestContext.Current.CancellationToken)));

        Assert.Equal(300, (await shifting).TokenIds.Count);
        for (int i = 0; i < prompts.Length; i++)
        {
            GreedyText.AssertEqual(bare, model.Tokenize(prompts[i], addSpecial: true), alone[i], together[i].TokenIds);
        }
    }
}
