using System.Runtime.InteropServices;
using System.Text;

namespace LocalLlm.Hardware;

/// <summary>macOS's sysctl: named facts about the machine.</summary>
internal static unsafe partial class AppleSystem
{
    /// <summary>A number of 32 or 64 bits; null where there is no such name.</summary>
    internal static long? Number(string name)
    {
        // Little endian: a number of 32 bits fills the lower half.
        long number = 0;
        nuint size = sizeof(long);
        return sysctlbyname(name, &number, &size, null, 0) == 0 ? number : null;
    }

    internal static string? Text(string name)
    {
        byte* text = stackalloc byte[256];
        nuint size = 256;
        return sysctlbyname(name, text, &size, null, 0) == 0 && size > 0 ? Encoding.UTF8.GetString(text, (int)size - 1) : null;
    }

    [LibraryImport("libSystem.dylib", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int sysctlbyname(string name, void* oldp, nuint* oldlenp, void* newp, nuint newlen);
}
