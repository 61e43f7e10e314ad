using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace LocalLlm.Native;

/// <summary>What to tell a user whose machine can't load the libraries: the usual causes, recognised.</summary>
internal static partial class NativeLoadHelp
{
    private static readonly Version NeededGlibc = new(2, 34);

    internal static string ForMissing() =>
        $"llama.cpp's native libraries were not found for {NativePin.RuntimeIdentifier}. "
        + "Add the package LocalLlm.Backend.Cpu to the application, or name a folder that holds them: "
        + $"{SearchPath.EnvironmentVariable}, or NativeRuntime.Load(directory).";

    internal static string ForRefused(string path, string loaderMessage) =>
        $"{Path.GetFileName(path)} can't be loaded: {Shorten(loaderMessage)}. {Cause(loaderMessage)}".TrimEnd();

    /// <summary>Says what a GPU plugin lacks, from the loader's message.</summary>
    internal static string ForPlugin(string fileName, string loaderMessage)
    {
        string message = Shorten(loaderMessage);
        string? cuda = CudaPlugin().Match(fileName) is { Success: true } m ? m.Groups[1].Value : null;
        if (cuda is not null)
        {
            return $"{message}. Install NVIDIA's driver and the CUDA {cuda} runtime (cudart, cublas).";
        }

        return fileName.Contains("vulkan", StringComparison.Ordinal)
            ? $"{message}. Install the Vulkan loader (Debian: libvulkan1) and your GPU's Vulkan driver."
            : message;
    }

    internal static bool IsMusl() =>
        OperatingSystem.IsLinux()
        && (RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal)
            || (Directory.Exists("/lib") && Directory.EnumerateFiles("/lib", "ld-musl-*").Any()
                && !NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "gnu_get_libc_version", out _)));

    private static string Cause(string loaderMessage)
    {
        if (IsMusl())
        {
            return "This system uses musl (Alpine), the libraries need glibc: use a Debian- or Ubuntu-based image, or a llama.cpp built here.";
        }

        if (OperatingSystem.IsLinux() && Glibc() is { } glibc && glibc < NeededGlibc)
        {
            return $"This system has glibc {glibc}, the libraries need {NeededGlibc} or newer: use a newer distribution, or a llama.cpp built here.";
        }

        if (OperatingSystem.IsWindows() && !NativeLibrary.TryLoad("vcruntime140_1.dll", out _))
        {
            return "The Visual C++ runtime is missing: install the Microsoft Visual C++ Redistributable for Visual Studio 2015-2022.";
        }

        return loaderMessage.Contains("wrong ELF class", StringComparison.Ordinal) || loaderMessage.Contains("0x8007000B", StringComparison.Ordinal)
            ? $"It is built for another processor than this process ({NativePin.RuntimeIdentifier})."
            : "";
    }

    private static unsafe Version? Glibc()
    {
        if (!NativeLibrary.TryLoad("libc.so.6", out nint libc)
            || !NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out nint function))
        {
            return null;
        }

        string? version = Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)function)());
        return Version.TryParse(version, out Version? parsed) ? parsed : null;
    }

    // .NET joins the loader's words for every name that it tried: the first line that names a cause is the one that helps.
    private static string Shorten(string loaderMessage) =>
        loaderMessage.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .FirstOrDefault(l => l.Contains(':', StringComparison.Ordinal) && !l.StartsWith("Unable to load", StringComparison.Ordinal), loaderMessage)
            .TrimEnd('.');

    [GeneratedRegex(@"ggml-cuda(\d+)")]
    private static partial Regex CudaPlugin();
}
