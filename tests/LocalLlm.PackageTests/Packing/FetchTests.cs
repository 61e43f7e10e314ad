namespace LocalLlm.PackageTests;

/// <summary>What a build says when it cannot get the libraries, with a script in npm's place and a cache of its own.</summary>
public sealed class FetchTests : IDisposable
{
    private const string NothingAnswers = "echo 'npm error network request failed' >&2; exit 1";

    private readonly Workspace _workspace;
    private readonly string _folder;
    private readonly string _cache;

    public FetchTests(Workspace workspace)
    {
        _workspace = workspace;
        _folder = Directory.CreateDirectory(Path.Combine(workspace.Root, Path.GetRandomFileName())).FullName;
        _cache = Path.Combine(_folder, "cache");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "npm's stand-in is a shell script.");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Missing_npm_is_named()
    {
        ProcessResult build = await Build(path: Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName);

        AssertError(build, "LLLN001", "Node.js");
    }

    [Fact]
    public async Task Failing_npm_is_quoted()
    {
        ProcessResult build = await Build(Npm(NothingAnswers));

        AssertError(build, "LLLN002", "npm error network request failed");
    }

    [Fact]
    public async Task Tampered_download_is_deleted_and_never_used()
    {
        ProcessResult build = await Build(Npm("echo tampered > package.tgz"));

        AssertError(build, "LLLN003", "sha512");
        Assert.Empty(Directory.GetFiles(_cache, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Unknown_runtime_is_named_with_the_known_ones()
    {
        ProcessResult build = await Build(Npm(NothingAnswers), runtime: "plan9-mips");

        AssertError(build, "LLLN004", "plan9-mips");
        Assert.Contains("linux-arm64", build.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_build_touches_no_network()
    {
        string archive = await FetchedArchive();

        (await Build(Npm($"cp '{archive}' ."))).Succeeded();
        (await Build(Npm(NothingAnswers))).Succeeded();
        foreach (string extracted in Directory.GetDirectories(_cache))
        {
            Directory.Delete(extracted, recursive: true);
        }

        (await Build(Npm(NothingAnswers))).Succeeded();
    }

    [Fact]
    public async Task Damaged_cache_is_fetched_again()
    {
        string archive = await FetchedArchive();
        Directory.CreateDirectory(_cache);
        await File.WriteAllTextAsync(Path.Combine(_cache, Path.GetFileName(archive)), "damaged", TestContext.Current.CancellationToken);

        (await Build(Npm($"cp '{archive}' ."))).Succeeded();
    }

    [Fact]
    public async Task Libraries_of_ones_own_need_no_npm_and_are_not_packed()
    {
        (await Build(Npm(NothingAnswers), own: _folder)).Succeeded();

        Assert.False(Directory.Exists(_cache));
        AssertError(await Build(Npm(NothingAnswers), own: _folder, target: "RefuseEmptyPackage"), "LLLN007", "unset");
    }

    /// <summary>Only the target that every build and pack runs first, to be quick.</summary>
    private async Task<ProcessResult> Build(string path, string? own = null, string target = "PlaceNativeLibraries", string? runtime = null)
    {
        Dictionary<string, string?> variables = new() { ["PATH"] = path, ["LOCALLLM_NATIVE_CACHE"] = _cache, ["LOCALLLM_NATIVE_DIR"] = own, ["NativeRuntime"] = runtime };
        return await Dotnet.Run(await _workspace.Sources, variables, "msbuild", "native/LocalLlm.Backend.Cpu", $"-t:{target}");
    }

    /// <summary>A PATH on which npm is this shell script.</summary>
    private string Npm(string script)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "bin")).FullName;
        string npm = Path.Combine(folder, "npm");
        File.WriteAllText(npm, "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(npm, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
    }

    /// <summary>The real archive, which packing has put into the machine's cache.</summary>
    private async Task<string> FetchedArchive()
    {
        await _workspace.Feed;
        ProcessResult cache = await Dotnet.Run(await _workspace.Sources, new Dictionary<string, string?>(), "msbuild", "native/LocalLlm.Backend.Cpu", "-getProperty:NativeCache");
        byte[] sha512 = Convert.FromBase64String(Pin.Read().Find(PinnedPackage.ThisMachine, "cpu").Sha512["sha512-".Length..]);
        return Path.Combine(cache.Succeeded().Output.Trim(), Convert.ToHexStringLower(sha512) + ".tgz");
    }

    private static void AssertError(ProcessResult build, string code, string text)
    {
        Assert.NotEqual(0, build.ExitCode);
        Assert.Contains($"error {code}", build.Output, StringComparison.Ordinal);
        Assert.Contains(text, build.Output, StringComparison.Ordinal);
        Assert.Contains("LOCALLLM_NATIVE_DIR", build.Output, StringComparison.Ordinal);
    }
}
