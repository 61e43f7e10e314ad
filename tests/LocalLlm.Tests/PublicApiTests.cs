namespace LocalLlm.Tests;

public sealed class PublicApiTests
{
    private const string Approved = "tests/LocalLlm.Tests/PublicApi.txt";

    /// <summary>A change of the public API is made on purpose: LOCALLLM_UPDATE_API=1 writes the file anew.</summary>
    [Fact]
    public void The_public_API_is_the_approved_one()
    {
        string actual = string.Join('\n', new[] { typeof(LocalModel).Assembly, typeof(GuideModel).Assembly }.SelectMany(ApiListing.Of)) + "\n";
        string path = RepositoryFolder.File(Approved);
        if (Environment.GetEnvironmentVariable("LOCALLLM_UPDATE_API") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }

    [Fact]
    public void Public_types_are_in_the_one_namespace_and_sealed()
    {
        // Those that are derived from: the base of the errors, what options of loading have in common with a plan's, and answers, of which some have a value.
        Type[] open = [typeof(LocalLlmException), typeof(PlanOptions), typeof(ChatReply)];
        foreach (Type type in typeof(LocalModel).Assembly.GetExportedTypes())
        {
            Assert.Equal("LocalLlm", type.Namespace);
            Assert.True(type.IsSealed || type.IsInterface || open.Contains(type), $"{type} is not sealed.");
        }
    }
}
