using LocalLlm.PackageTests;

[assembly: AssemblyFixture(typeof(Workspace))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace LocalLlm.PackageTests;

/// <summary>A folder outside the repository with a copy of the sources (as a fresh clone has them) and the packages made of it.</summary>
public sealed class Workspace : IAsyncDisposable
{
    private static readonly Dictionary<string, string?> NoVariables = [];

    private readonly Lazy<Task<string>> _sources;
    private readonly Lazy<Task<PackedFeed>> _feed;

    public Workspace()
    {
        _sources = new(CopySources);
        _feed = new(async () => await PackedFeed.Pack(await _sources.Value, Path.Combine(Root, "feed")));
    }

    /// <summary>The repository that these tests were built in.</summary>
    public static string Repository { get; } = FindRepository();

    public string Root { get; } = Directory.CreateTempSubdirectory("localllm-package-tests-").FullName;

    internal Task<string> Sources => _sources.Value;

    internal Task<PackedFeed> Feed => _feed.Value;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static string FindRepository()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "LocalLlm.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("LocalLlm.sln is in no folder above the tests.");
        }

        return folder;
    }

    private async Task<string> CopySources()
    {
        string target = Path.Combine(Root, "sources");
        ProcessResult listed = await Dotnet.Execute("git", Repository, NoVariables, "", "ls-files", "-z", "--cached", "--others", "--exclude-standard");
        foreach (string file in listed.Succeeded().Output.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            string source = Path.Combine(Repository, file);
            if (File.Exists(source))
            {
                string copy = Path.Combine(target, file);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(source, copy);
            }
        }

        return target;
    }
}
