using System.IO.Compression;
using System.Xml.Linq;

namespace LocalLlm.PackageTests;

/// <summary>A folder of our packages, packed under a version that no cache has seen.</summary>
internal sealed class PackedFeed(string folder, string version)
{
    private const string Traversal = """
        <Project>
          <Target Name="Restore"><MSBuild Projects="$(ToPack)" Targets="Restore" /></Target>
          <Target Name="Pack"><MSBuild Projects="$(ToPack)" Targets="Pack" BuildInParallel="true" /></Target>
        </Project>
        """;

    public string Folder => folder;

    public string Version => version;

    public static async Task<PackedFeed> Pack(string sources, string folder)
    {
        string version = $"0.0.0-test.{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}";
        string[] projects = Lane.All
            ? [.. Directory.GetFiles(Path.Combine(sources, "src"), "*.csproj", SearchOption.AllDirectories), .. Backends("*")]
            : [Path.Combine(sources, "src", "LocalLlm", "LocalLlm.csproj"), .. Backends("Cpu"), .. Backends("Vulkan")];
        await File.WriteAllTextAsync(Path.Combine(sources, "Feed.proj"), Traversal);
        ProcessResult packed = await Dotnet.Run(sources, new Dictionary<string, string?> { ["ToPack"] = string.Join(';', projects) },
            "pack", "Feed.proj", "-c", "Release", "-o", folder, "-v:quiet", $"-p:Version={version}", $"-p:AllRuntimes={Lane.All}", $"-p:NativeCuda={Lane.Cuda}");
        packed.Succeeded();
        return new PackedFeed(folder, version);

        IEnumerable<string> Backends(string name) =>
            Directory.GetDirectories(Path.Combine(sources, "native"), $"LocalLlm.Backend.{name}").Select(d => Path.Combine(d, Path.GetFileName(d) + ".csproj"));
    }

    public IEnumerable<string> Ids => Directory.GetFiles(folder, "*.nupkg").Select(f => Path.GetFileName(f)[..^$".{version}.nupkg".Length]);

    public string PathOf(string id) => Path.Combine(folder, $"{id}.{version}.nupkg");

    public string[] Files(string id)
    {
        using ZipArchive package = ZipFile.OpenRead(PathOf(id));
        return [.. package.Entries.Select(e => e.FullName)];
    }

    public byte[] Read(string id, string file)
    {
        using ZipArchive package = ZipFile.OpenRead(PathOf(id));
        ZipArchiveEntry entry = package.GetEntry(file) ?? throw new FileNotFoundException($"{id} has no {file}.");
        var bytes = new byte[entry.Length];
        using Stream stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    public XElement Nuspec(string id)
    {
        XElement nuspec = XElement.Load(new MemoryStream(Read(id, id + ".nuspec")));
        foreach (XElement element in nuspec.DescendantsAndSelf())
        {
            element.Name = element.Name.LocalName;
        }

        return nuspec.Element("metadata")!;
    }
}
