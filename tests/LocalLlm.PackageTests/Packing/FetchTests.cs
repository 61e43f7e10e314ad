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
        ProcessResult build = await Build(Npm(NothingAnswers), "-p:NativeRuntime=plan9-mips");

        AssertError(build, "LLLN004", "plan9-mips");
        Assert.Contains("linux-arm64", build.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_build_touches_no_network_and_a_damaged_cache_is_fetched_again()
    {
        string archive = await FetchedArchive();
        string cached = Path.Combine(_cache, Path.GetFileName(archive));

        (await Build(Npm($"cp '{archive}' .; echo x >> ran"))).Succeeded();
        (await Build(Npm(NothingAnswers))).Succeeded();
        foreach (string extracted in Directory.GetDirectories(_cache))
        {
            Directory.Delete(extracted, recursive: true);
        }

        (await Build(Npm(NothingAnswers))).Succeeded();
        await File.WriteAllTextAsync(cached, "damaged", TestContext.Current.CancellationToken);
        foreach (string extracted in Directory.GetDirectories(_cache))
        {
            Directory.Delete(extracted, recursive: true);
        }

        AssertError(await Build(Npm(NothingAnswers)), "LLLN002", "npm");
        (await Build(Npm($"cp '{archive}' ."))).Succeeded();
    }

    [Fact]
    public async Task Libraries_of_ones_own_need_no_npm_and_are_not_packed()
    {
        Dictionary<string, string?> own = new() { ["LOCALLLM_NATIVE_DIR"] = _folder };

        (await Build(Npm(NothingAnswers), own)).Succeeded();

        Assert.False(Directory.Exists(_cache));
        AssertError(await Build(Npm(NothingAnswers), own, "-t:Pack"), "LLLN007", "LOCALLLM_NATIVE_DIR");
    }

    private Task<ProcessResult> Build(string path, params string[] arguments) => Build(path, [], arguments);

    private async Task<ProcessResult> Build(string path, Dictionary<string, string?> variables, params string[] arguments)
    {
        variables["PATH"] = path;
        variables["LOCALLLM_NATIVE_CACHE"] = _cache;
        return await Dotnet.Run(await _workspace.Sources, variables, ["build", "native/LocalLlm.Backend.Cpu", .. arguments]);
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
