using System.Text;
using System.Xml.Linq;

namespace LocalLlm.PackageTests;

public sealed class PackTests(Workspace workspace)
{
    // The gallery takes 250 MB.
    private const long Limit = 240_000_000;

    public static TheoryData<string> Backends => [.. Lane.Packages.Select(p => p.PackageId).Distinct()];

    public static TheoryData<string> GpuBackends => [.. Lane.Packages.Where(p => p.Backend != "cpu").Select(p => p.PackageId).Distinct()];

    [Fact]
    public async Task LocalLlm_needs_exactly_its_own_version_of_the_cpu_backend_and_carries_no_library()
    {
        PackedFeed feed = await workspace.Feed;

        Assert.Equal($"[{feed.Version}]", CpuVersion(feed, "LocalLlm"));
        Assert.DoesNotContain(feed.Files("LocalLlm"), f => f.StartsWith("runtimes/", StringComparison.Ordinal) || f.StartsWith("content", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_package_fits_the_gallery_and_one_with_libraries_has_their_notices()
    {
        PackedFeed feed = await workspace.Feed;

        Assert.All(feed.Ids, id =>
        {
            Assert.InRange(new FileInfo(feed.PathOf(id)).Length, 1, Limit);
            Assert.Equal("MIT", feed.Nuspec(id).Element("license")?.Value);
            if (feed.Files(id).Any(f => f.Contains("/native/", StringComparison.Ordinal)))
            {
                string notices = Encoding.UTF8.GetString(feed.Read(id, "THIRD-PARTY-NOTICES.txt"));
                Assert.Contains("The ggml authors", notices, StringComparison.Ordinal);
                Assert.Contains("Gilad S.", notices, StringComparison.Ordinal);
            }
        });
    }

    [Theory, MemberData(nameof(Backends))]
    public async Task Backend_carries_the_pinned_libraries_and_notices_and_nothing_else(string id)
    {
        PackedFeed feed = await workspace.Feed;
        IEnumerable<string> libraries = Lane.Packages.Where(p => p.PackageId == id)
            .SelectMany(p => p.Files.Select(f => $"runtimes/{p.Rid}/native/{f}"));
        string[] papers = ["LICENSE", "README.md", "THIRD-PARTY-NOTICES.txt"];

        IEnumerable<string> files = feed.Files(id).Where(f => !f.EndsWith(".nuspec", StringComparison.Ordinal)
            && !f.StartsWith("_rels/", StringComparison.Ordinal) && !f.StartsWith("package/", StringComparison.Ordinal) && f != "[Content_Types].xml");

        Assert.Equal([.. papers.Concat(libraries).Order(StringComparer.Ordinal)], files.Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(GpuBackends))]
    public async Task Gpu_backend_needs_exactly_its_own_version_of_the_cpu_backend(string id)
    {
        PackedFeed feed = await workspace.Feed;

        Assert.Equal($"[{feed.Version}]", CpuVersion(feed, id));
    }

    [Fact]
    public void Shipped_names_are_unique_per_runtime()
    {
        // Of two packages that carry the same file name one silently wins.
        foreach (IGrouping<string, PinnedPackage> runtime in Pin.Read().Packages.GroupBy(p => p.Rid))
        {
            Assert.Distinct(runtime.SelectMany(p => p.Files));
        }
    }

    [Theory]
    [InlineData("linux-x64", "cuda12", "libggml-cuda12.so")]
    [InlineData("linux-x64", "cuda13", "libggml-cuda13.so")]
    [InlineData("win-x64", "cuda12", "ggml-cuda12.dll")]
    [InlineData("win-x64", "cuda13", "ggml-cuda13.dll")]
    public void Cuda_plugins_are_named_by_their_version(string rid, string backend, string name) =>
        Assert.Equal([name], Pin.Read().Find(rid, backend).Files);

    private static string? CpuVersion(PackedFeed feed, string id)
    {
        XElement dependency = Assert.Single(feed.Nuspec(id).Descendants("dependency"), d => (string?)d.Attribute("id") == "LocalLlm.Backend.Cpu");
        return (string?)dependency.Attribute("version");
    }
}
