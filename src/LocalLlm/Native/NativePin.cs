using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LocalLlm.Native;

/// <summary>native/llama.cpp.json: the one llama.cpp release that the bindings are written for, and its file names per platform.</summary>
internal sealed partial class NativePin
{
    public required string Release { get; init; }

    public required string Version { get; init; }

    public required IReadOnlyList<Package> Packages { get; init; }

    internal static NativePin Current { get; } = Read();

    /// <summary>The portable runtime identifier of this process: operating system and processor, without a distribution.</summary>
    internal static string RuntimeIdentifier { get; } =
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")
        + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>The three libraries to load, dependencies first: each as shipped, then under the plain name of a build of one's own.</summary>
    internal IReadOnlyList<(string Library, string[] FileNames)> LibraryFiles()
    {
        Libraries? shipped = Packages.FirstOrDefault(p => p.Rid == RuntimeIdentifier && p.Libraries is not null)?.Libraries;
        return
        [
            (Library.GgmlBase, Names(shipped?.Base, "ggml-base")),
            (Library.Ggml, Names(shipped?.Ggml, "ggml")),
            (Library.Llama, Names(shipped?.Llama, "llama")),
        ];
    }

    private static string[] Names(string? shipped, string plain)
    {
        string own = OperatingSystem.IsWindows() ? $"{plain}.dll" : OperatingSystem.IsMacOS() ? $"lib{plain}.dylib" : $"lib{plain}.so";
        return shipped is null || shipped == own ? [own] : [shipped, own];
    }

    private static NativePin Read()
    {
        using Stream json = typeof(NativePin).Assembly.GetManifestResourceStream("llama.cpp.json")!;
        return JsonSerializer.Deserialize(json, PinJson.Default.NativePin)!;
    }

    internal sealed class Package
    {
        public required string Rid { get; init; }

        public Libraries? Libraries { get; init; }
    }

    internal sealed class Libraries
    {
        public required string Base { get; init; }

        public required string Ggml { get; init; }

        public required string Llama { get; init; }
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(NativePin))]
    private sealed partial class PinJson : JsonSerializerContext;
}
