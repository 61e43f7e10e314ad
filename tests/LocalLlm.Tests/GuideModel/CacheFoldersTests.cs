namespace LocalLlm.Tests;

public sealed class CacheFoldersTests
{
    private static readonly string Temporary = Path.Combine(Path.GetTempPath(), $"localllm-{Environment.UserName}");

    [Fact]
    public void LOCALLLM_CACHE_comes_before_the_users_cache()
    {
        string folder = Path.Combine(Path.GetTempPath(), "elsewhere");
        Assert.Equal([folder, Temporary], Folders(("LOCALLLM_CACHE", folder), ("XDG_CACHE_HOME", "/xdg")));
    }

    [Fact]
    public void On_Linux_the_users_cache_is_XDG_CACHE_HOME()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the rule of Linux");
        Assert.Equal(["/xdg/localllm", Temporary], Folders(("XDG_CACHE_HOME", "/xdg")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("relative/is/invalid")]
    public void On_Linux_the_users_cache_is_else_in_the_home_folder(string xdg)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the rule of Linux");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Assert.Equal([$"{home}/.cache/localllm", Temporary], Folders(("XDG_CACHE_HOME", xdg), ("LOCALLLM_CACHE", "")));
    }

    [Fact]
    public void The_folder_for_temporary_files_is_made_for_its_user_only()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows keeps a folder for temporary files per user");
            return;
        }
        CacheFolders.Create(Temporary);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Temporary));
    }

    private static IEnumerable<string> Folders(params (string Name, string Value)[] environment) =>
        CacheFolders.Of(name => environment.FirstOrDefault(e => e.Name == name).Value);
}
