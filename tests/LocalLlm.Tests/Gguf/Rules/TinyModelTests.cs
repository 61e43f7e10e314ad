namespace LocalLlm.Tests.Gguf.Rules;

public sealed class TinyModelTests
{
    public static TheoryData<string> Architectures => [.. TinyModels.All];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Tiny_models_are_small_accepted_and_the_same_for_the_same_seed(string architecture)
    {
        using TestFolder folder = new();
        string path = TinyModels.Write(folder, architecture, seed: 7);
        using GgufFile file = GgufFile.Open(path);
        Assert.Empty(file.Validate());
        Assert.Equal(architecture, file.Architecture);
        Assert.InRange(new FileInfo(path).Length, 100_000, 1_000_000);
        byte[] bytes = File.ReadAllBytes(path);
        Assert.True(bytes.AsSpan().SequenceEqual(TinyModels.Plan(architecture).Build(seed: 7)));
        Assert.False(bytes.AsSpan().SequenceEqual(TinyModels.Plan(architecture).Build(seed: 8)));
    }

    [Fact]
    public void There_is_no_tiny_model_of_another_architecture() =>
        Assert.Throws<ArgumentException>(() => TinyModels.Plan("dinosaur"));

    [Fact]
    [Trait("Category", "Model")]
    public void Real_models_are_not_refused()
    {
        foreach (string path in (string[])[TestModels.SmolLm, TestModels.MiniLm, TestModels.Guide])
        {
            using GgufFile file = GgufFile.Open(path);
            Assert.DoesNotContain(file.Validate(), finding => finding.Severity == GgufSeverity.Refuse);
        }
    }
}
