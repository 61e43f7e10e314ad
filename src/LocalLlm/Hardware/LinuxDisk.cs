using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace LocalLlm.Hardware;

/// <summary>What /proc and /sys tell of the disk that a path lies on.</summary>
internal static unsafe partial class LinuxDisk
{
    private static readonly string[] NetworkFileSystems = ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "lustre", "afs", "fuse.sshfs", "fuse.glusterfs"];

    internal static DiskProfile Complete(DiskProfile disk, string path, string root)
    {
        if (MountOf(RealPath(path) ?? path, TextFile.Lines($"{root}/proc/self/mountinfo")) is not { } mount)
        {
            return disk;
        }

        // A file system over several disks, such as btrfs, has a number of its own: its source is one of the disks.
        string[] devices = [$"{root}/sys/dev/block/{mount.Device}", $"{root}/sys/class/block/{Path.GetFileName(mount.Source)}"];
        return disk with
        {
            MountPoint = mount.Point,
            FileSystem = mount.FileSystem,
            IsNetwork = NetworkFileSystems.Contains(mount.FileSystem),
            IsRotational = devices.Select(IsRotational).FirstOrDefault(r => r is not null),
        };
    }

    /// <summary>The mount that holds a path: the longest one above it, the last of equal ones.</summary>
    internal static Mount? MountOf(string path, IEnumerable<string> lines) => lines
        .Select(Parse)
        .OfType<Mount>()
        .Where(m => m.Point == "/" || path == m.Point || path.StartsWith($"{m.Point}/", StringComparison.Ordinal))
        .Aggregate((Mount?)null, (best, m) => best is null || m.Point.Length >= best.Point.Length ? m : best);

    // "36 35 98:0 /inside /point options optional... - type source options"; see proc_pid_mountinfo(5).
    private static Mount? Parse(string line)
    {
        string[] words = line.Split(' ');
        int separator = Array.IndexOf(words, "-");
        return words.Length > 4 && separator > 4 && words.Length > separator + 2
            ? new Mount(words[2], Unescape(words[4]), words[separator + 1], Unescape(words[separator + 2]))
            : null;
    }

    // A partition has no queue of its own: its disk does, the folder above.
    private static bool? IsRotational(string device)
    {
        string? folder = Directory.Exists(device) ? Directory.ResolveLinkTarget(device, returnFinalTarget: true)?.FullName ?? device : null;
        return folder is null ? null
            : (TextFile.Number($"{folder}/queue/rotational") ?? TextFile.Number($"{Path.GetDirectoryName(folder)}/queue/rotational")) is { } number ? number != 0 : null;
    }

    private static string Unescape(string text) => Octal().Replace(text, m => $"{(char)Convert.ToInt32(m.Groups[1].Value, 8)}");

    private static string? RealPath(string path)
    {
        byte* resolved = realpath(path, null);
        try
        {
            return Marshal.PtrToStringUTF8((nint)resolved);
        }
        finally
        {
            NativeMemory.Free(resolved);
        }
    }

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial byte* realpath(string path, byte* resolved_path);

    internal sealed record Mount(string Device, string Point, string FileSystem, string Source);
}
