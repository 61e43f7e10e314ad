using LocalLlm.Models;

namespace LocalLlm.Tests.Models;

public sealed class HubEnvironmentTests
{
    private static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    [Fact]
    public void The_cache_is_where_the_hubs_own_tools_have_it()
    {
        Assert.Equal(Path.Combine(Home, ".cache", "huggingface", "hub"), Of().CacheFolder);
        Assert.Equal("/x/huggingface/hub", Of(("XDG_CACHE_HOME", "/x")).CacheFolder);
        Assert.Equal("/h/hub", Of(("XDG_CACHE_HOME", "/x"), ("HF_HOME", "/h")).CacheFolder);
        Assert.Equal("/c", Of(("HF_HOME", "/h"), ("HF_HUB_CACHE", "/c")).CacheFolder);
        Assert.Equal(Path.Combine(Home, "models"), Of(("HF_HUB_CACHE", "~/models")).CacheFolder);
        Assert.Equal("/o", Of(new ModelStoreOptions { CacheDirectory = "/o" }, ("HF_HUB_CACHE", "/c")).CacheFolder);
    }

    [Fact]
    public void The_endpoint_may_be_a_mirror()
    {
        Assert.Equal("https://huggingface.co/", Of().Endpoint.AbsoluteUri);
        Assert.Equal("https://mirror.example/hf/", Of(("HF_ENDPOINT", "https://mirror.example/hf")).Endpoint.AbsoluteUri);
        Assert.Throws<ArgumentException>(() => Of(("HF_ENDPOINT", "mirror")));
        Assert.Throws<ArgumentException>(() => Of(("HF_ENDPOINT", "ftp://mirror.example")));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("ON", true)]
    [InlineData("yes", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    public void Offline_is_said_as_the_hubs_tools_have_it(string value, bool isOffline) => Assert.Equal(isOffline, Of(("HF_HUB_OFFLINE", value)).IsOffline);

    [Fact]
    public void The_token_is_the_variables_or_the_files()
    {
        using TemporaryFolder folder = new();
        Assert.Null(Of(("HF_HOME", folder.ToString())).Authorization);
        File.WriteAllText(folder.File("token"), "hf_file\n");
        Assert.Equal("Bearer hf_file", $"{Of(("HF_HOME", folder.ToString())).Authorization}");
        Assert.Equal("Bearer hf_file", $"{Of(("HF_TOKEN_PATH", folder.File("token"))).Authorization}");
        Assert.Equal("Bearer hf_variable", $"{Of(("HF_HOME", folder.ToString()), ("HF_TOKEN", "hf_variable")).Authorization}");
        Assert.Null(Of(new ModelStoreOptions { Token = "" }, ("HF_TOKEN", "hf_variable")).Authorization);
        ArgumentException e = Assert.Throws<ArgumentException>(() => Of(("HF_TOKEN", "secret\nvalue")));
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_as_text_do_not_tell_the_token() =>
        Assert.DoesNotContain("secret", $"{new ModelStoreOptions { Token = "secret", CacheDirectory = "/c" }}", StringComparison.Ordinal);

    private static HubEnvironment Of(params (string Name, string Value)[] variables) => Of(new ModelStoreOptions(), variables);

    private static HubEnvironment Of(ModelStoreOptions options, params (string Name, string Value)[] variables) =>
        new(options, name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
