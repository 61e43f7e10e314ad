using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LocalLlm.Models;

/// <summary>
/// The SHA-256 of a model's files. The hub's are called by it; of others it is remembered, with size and time, so that a model is
/// read for it only once.
/// </summary>
internal sealed class SourceHash(string folder)
{
    private const int BufferBytes = 1024 * 1024;

    /// <summary>The hash of all parts, in 64 small hexadecimal digits.</summary>
    public string Of(IReadOnlyList<string> paths, IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        FileInfo[] files = [.. paths.Select(path => LinkedFile.Resolve(new FileInfo(path)))];
        long total = files.Sum(file => file.Length);
        long done = 0;
        string[] hashes = [.. files.Select(OfFile)];
        return hashes is [var one] ? one : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', hashes))));

        string OfFile(FileInfo file)
        {
            string hash = HubNames.IsSha256(file.Name) ? file.Name : Remembered(file) ?? Remember(file, Read(file, bytes => progress?.Report(new LoadProgress((double)(done + bytes) / total) { Stage = LoadStage.Hashing }), cancellationToken));
            done += file.Length;
            return hash;
        }
    }

    private static string Read(FileInfo file, Action<long> report, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using FileStream stream = new(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        byte[] buffer = new byte[BufferBytes];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
            report(stream.Position);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private string? Remembered(FileInfo file) =>
        SmallFile.Read(NoteOf(file))?.Split(' ') is [var state, var hash] && state == StateOf(file) && HubNames.IsSha256(hash) ? hash : null;

    private string Remember(FileInfo file, string hash)
    {
        SmallFile.Write(NoteOf(file), $"{StateOf(file)} {hash}");
        return hash;
    }

    private string NoteOf(FileInfo file) => Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file.FullName))));

    private static string StateOf(FileInfo file) => string.Create(CultureInfo.InvariantCulture, $"{file.Length}:{file.LastWriteTimeUtc.Ticks}");
}
