using Microsoft.Win32.SafeHandles;

namespace LocalLlm.Models;

/// <summary>
/// A file that is being downloaded, in any order, beside the place where it will be. It outlives its process: what its journal
/// says is there is not fetched again.
/// </summary>
/// <remarks>
/// Hugging Face's tools go on writing at the end of a file NAME.incomplete; this one has its full length from the beginning, so
/// it is named otherwise.
/// </remarks>
internal sealed class PartialFile : IDisposable
{
    private const string Suffix = ".localllm.incomplete";
    private const string JournalSuffix = ".localllm.ranges";
    private const string DamagedSuffix = ".localllm.damaged";

    private readonly string _target;
    private readonly string _path;
    private readonly string _version;
    private readonly SafeFileHandle _handle;
    private readonly Lock _lock = new();
    private readonly Lock _journalLock = new();
    private readonly ByteRanges _ranges = new();
    private long _journaled = -1;

    private PartialFile(string target, long length, string version, SafeFileHandle handle, IReadOnlyList<ByteRange> ranges)
    {
        _target = target;
        _path = target + Suffix;
        _version = version;
        _handle = handle;
        Length = length;
        foreach (ByteRange range in ranges)
        {
            _ranges.Add(range);
        }
    }

    public long Length { get; }

    /// <summary>Goes up each time that all was thrown away.</summary>
    public int Generation { get; private set; }

    public long BytesDone
    {
        get
        {
            lock (_lock)
            {
                return _ranges.Count;
            }
        }
    }

    public bool IsComplete => BytesDone == Length;

    /// <summary>Where the file that failed its check is kept.</summary>
    public string DamagedPath => _target + DamagedSuffix;

    /// <summary>The bytes that a new download of a file need not write again, whatever they hold: its room on the disk is taken already.</summary>
    public static bool Exists(string target, long length) => new FileInfo(target + Suffix) is { Exists: true } file && file.Length == length;

    /// <summary>Opens what an earlier download left, or begins anew and takes the room on the disk.</summary>
    /// <param name="target">Where the whole file will be.</param>
    /// <param name="length">Its length.</param>
    /// <param name="version">Which version of the file it is; what is left of another one is not used.</param>
    /// <exception cref="IOException">The file can't be written, or the disk is full.</exception>
    public static PartialFile Open(string target, long length, string version)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        string path = target + Suffix;
        string journal = target + JournalSuffix;
        IReadOnlyList<ByteRange> ranges = Exists(target, length) ? RangeJournal.Read(journal, length, version) : [];
        if (ranges.Count == 0)
        {
            Delete(target);
        }

        SafeFileHandle handle = ranges.Count > 0
            ? File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess)
            : File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess, preallocationSize: length);
        try
        {
            if (ranges.Count == 0)
            {
                RandomAccess.SetLength(handle, length);
            }

            return new PartialFile(target, length, version, handle, ranges);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Deletes what an unfinished download left of a file.</summary>
    public static void Delete(string target)
    {
        RangeJournal.Delete(target + JournalSuffix);
        File.Delete(target + Suffix);
    }

    /// <summary>Deletes all that downloads left of a file, the damaged one too.</summary>
    public static void DeleteAll(string target)
    {
        Delete(target);
        File.Delete(target + DamagedSuffix);
    }

    public ByteRange[] Missing()
    {
        lock (_lock)
        {
            return [.. _ranges.Missing(Length)];
        }
    }

    /// <summary>How many bytes from the beginning are there.</summary>
    public long BytesFromStart
    {
        get
        {
            lock (_lock)
            {
                return _ranges.FromStart;
            }
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_handle, bytes, offset);
        lock (_lock)
        {
            _ranges.Add(new ByteRange(offset, offset + bytes.Length));
        }
    }

    public int Read(long offset, Span<byte> destination) => RandomAccess.Read(_handle, destination, offset);

    /// <summary>Forgets all bytes.</summary>
    public void Clear()
    {
        lock (_journalLock)
        {
            lock (_lock)
            {
                _ranges.Clear();
                Generation++;
            }

            RangeJournal.Delete(_target + JournalSuffix);
            _journaled = 0;
        }
    }

    /// <summary>Flushes what was written, and then notes it in the journal.</summary>
    public void Checkpoint()
    {
        lock (_journalLock)
        {
            ByteRange[] ranges;
            long count;
            lock (_lock)
            {
                ranges = _ranges.ToArray();
                count = _ranges.Count;
            }

            if (count == _journaled)
            {
                return;
            }

            RandomAccess.FlushToDisk(_handle);
            RangeJournal.Write(_target + JournalSuffix, Length, _version, ranges);
            _journaled = count;
        }
    }

    /// <summary>Puts the whole file in its place, at once and for good.</summary>
    public void Complete()
    {
        RandomAccess.FlushToDisk(_handle);
        _handle.Dispose();
        File.Move(_path, _target, overwrite: true);
        RangeJournal.Delete(_target + JournalSuffix);
    }

    /// <summary>Puts the whole file, whose check failed, out of the way but where it can be looked at.</summary>
    public void SetAside()
    {
        _handle.Dispose();
        RangeJournal.Delete(_target + JournalSuffix);
        File.Move(_path, DamagedPath, overwrite: true);
    }

    public void Dispose() => _handle.Dispose();
}
