namespace LocalLlm.PackageTests;

/// <summary>Libraries for machines that no test runs on, checked by their headers.</summary>
public sealed class HeaderTests(Workspace workspace)
{
    private static readonly (string Module, string Library)[] BoundLibraries = [("llama", "llama"), ("ggml", "ggml"), ("ggml-base", "base")];

    public static TheoryData<string, string> Packages => [.. Lane.Packages.Select(p => (p.Rid, p.Backend))];

    public static TheoryData<string> Runtimes => [.. Lane.Packages.Select(p => p.Rid).Distinct()];

    [Theory, MemberData(nameof(Packages))]
    public async Task Libraries_are_for_their_runtime_and_find_what_they_take_from_ggml(string rid, string backend)
    {
        PinnedPackage package = Pin.Read().Find(rid, backend);
        PinnedPackage cpu = Pin.Read().Find(rid, "cpu");
        PackedFeed feed = await workspace.Feed;
        HashSet<string> exported = [.. cpu.Libraries!.Values.SelectMany(l => Header(feed, cpu, l).Exports)];

        foreach (string file in package.Files)
        {
            NativeHeader header = Header(feed, package, file);
            Assert.Equal(rid, header.Rid);
            Assert.Empty(header.Imports.Where(IsOurs).Except(exported));
        }

        Assert.All(package.Plugins, p => Assert.Contains(Header(feed, package, p.Name).Imports, IsOurs));
    }

    [Theory, MemberData(nameof(Packages))]
    public async Task Plugins_export_the_entry_that_ggml_loads(string rid, string backend)
    {
        PinnedPackage package = Pin.Read().Find(rid, backend);
        PackedFeed feed = await workspace.Feed;

        Assert.All(package.Plugins, p => Assert.Contains("ggml_backend_init", Header(feed, package, p.Name).Exports));
    }

    [Theory, MemberData(nameof(Runtimes))]
    public async Task Libraries_export_every_function_that_is_bound(string rid)
    {
        PinnedPackage package = Pin.Read().Find(rid, "cpu");
        PackedFeed feed = await workspace.Feed;
        ILookup<string, string> bound = BoundSymbols.Of(feed.Read("LocalLlm", "lib/net10.0/LocalLlm.dll"));

        foreach ((string module, string library) in BoundLibraries)
        {
            Assert.NotEmpty(bound[module]);
            Assert.Empty(bound[module].Except(Header(feed, package, package.Libraries![library]).Exports));
        }
    }

    private static NativeHeader Header(PackedFeed feed, PinnedPackage package, string file) =>
        NativeHeader.Read(feed.Read(package.PackageId, $"runtimes/{package.Rid}/native/{file}"));

    private static bool IsOurs(string symbol) =>
        symbol.StartsWith("ggml_", StringComparison.Ordinal) || symbol.StartsWith("gguf_", StringComparison.Ordinal) || symbol.StartsWith("llama_", StringComparison.Ordinal);
}
