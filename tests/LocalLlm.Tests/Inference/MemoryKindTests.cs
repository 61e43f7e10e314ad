using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Inference;

/// <summary>Each way in which llama.cpp keeps what it has read: cache, window, latent cache, state, and both.</summary>
public sealed class MemoryKindTests : IDisposable
{
    private static readonly GenerationOptions Greedy = new() { Temperature = 0, MaxOutputTokens = 24 };

    private readonly TestFolder _folder = new();

    public static TheoryData<string> Architectures => new(TinyModels.All);

    public void Dispose() => _folder.Dispose();

    // A window that has moved on and a state have no tail to cut (T1): what can't be taken back must be read anew.
    [Theory, MemberData(nameof(Architectures))]
    public void What_a_sequence_holds_never_changes_the_text(string architecture)
    {
        string path = TinyModels.Write(_folder, architecture);
        using LocalModel model = LocalModel.Load(path, new LoadOptions { ContextLength = 128 });
        using BareModel bare = new(path, contextLength: 128);
        const string prompt = "Once upon a time there was a small model, and it had read a little.";
        int[] tokens = model.Tokenize(prompt, addSpecial: true);
        GenerateReply first = model.Generate(prompt, Greedy);

        // The same again, a part of it, something else, and the first again.
        GenerateReply again = model.Generate(prompt, Greedy);
        model.Generate(prompt[..20], Greedy);
        model.Generate("Something else", Greedy);
        GenerateReply last = model.Generate(prompt, Greedy);

        Assert.Equal(24, first.TokenIds.Count);
        GreedyText.AssertEqual(bare, tokens, first.TokenIds, again.TokenIds);
        GreedyText.AssertEqual(bare, tokens, first.TokenIds, last.TokenIds);
    }
}
