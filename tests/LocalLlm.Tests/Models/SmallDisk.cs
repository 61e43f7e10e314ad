using System.Diagnostics;
using System.Globalization;

namespace LocalLlm.Tests.Models;

/// <summary>A disk of a few megabytes, in memory. Takes the right to mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(TemporaryFolder folder) => Folder = folder;

    public TemporaryFolder Folder { get; }

    public static SmallDisk Mount(int megabytes)
    {
        TemporaryFolder folder = new();
        bool isMounted = OperatingSystem.IsLinux()
            && Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes * 1_000_000}"), "none", folder.ToString());
        if (!isMounted)
        {
            folder.Dispose();
        }

        Requirement.Meet("mount", isMounted, "This user may not mount a disk.");
        return new SmallDisk(folder);
    }

    public void Dispose()
    {
        foreach (string entry in Directory.GetDirectories(Folder.ToString()))
        {
            Directory.Delete(entry, recursive: true);
        }

        Run("umount", "--lazy", Folder.ToString());
        Folder.Dispose();
    }

    private static bool Run(string program, params IEnumerable<string> arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
