using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LocalLlm.Tests;

/// <summary>Environment variables that native libraries read. On Unix, .NET's own are not theirs: setenv is.</summary>
internal static partial class NativeEnvironment
{
    [ModuleInitializer]
    internal static void Set()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // Two devices even where Vulkan has only a software one.
        SetEnv("GGML_VK_VISIBLE_DEVICES", "0,0", 0);
        SetEnv("GGML_NO_BACKTRACE", "1", 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
