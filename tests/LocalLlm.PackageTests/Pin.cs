using System.Runtime.InteropServices;
using System.Text.Json;

namespace LocalLlm.PackageTests;

/// <summary>native/llama.cpp.json.</summary>
internal sealed record Pin(string NpmVersion, IReadOnlyList<PinnedPackage> Packages)
{
    public static Pin Read() => JsonSerializer.Deserialize<Pin>(
        File.ReadAllText(Path.Combine(Workspace.Repository, "native", "llama.cpp.json")), JsonSerializerOptions.Web)!;

    public PinnedPackage Find(string rid, string backend) => Packages.Single(p => p.Rid == rid && p.Backend == backend);
}

internal sealed record PinnedPackage(string Npm, string Sha512, string Rid, string Backend, IReadOnlyDictionary<string, string>? Libraries, IReadOnlyList<PinnedPlugin> Plugins)
{
    public bool IsCuda => Backend.StartsWith("cuda", StringComparison.Ordinal);

    public bool IsForThisMachine => Rid == ThisMachine;

    public static string ThisMachine { get; } =
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux") + "-" + RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();

    public IEnumerable<string> Files => [.. Libraries?.Values ?? [], .. Plugins.Select(p => p.Name)];

    /// <summary>The NuGet package that ships these files.</summary>
    public string PackageId => Backend switch
    {
        "cpu" => "LocalLlm.Backend.Cpu",
        "vulkan" => "LocalLlm.Backend.Vulkan",
        _ => $"LocalLlm.Backend.{char.ToUpperInvariant(Backend[0])}{Backend[1..]}.{(Rid.StartsWith("win", StringComparison.Ordinal) ? "Windows" : "Linux")}",
    };
}

internal sealed record PinnedPlugin(string Role, string Name, string? Source);
