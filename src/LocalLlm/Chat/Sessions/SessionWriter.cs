using System.Security.Cryptography;
using LocalLlm.Gguf;
using LocalLlm.Inference;

namespace LocalLlm.Chat.Sessions;

/// <summary>
/// Writes a saved session: one line of JSON, and where it holds KV state a line feed, the state's bytes, and the SHA-256 of all
/// before it.
/// </summary>
internal static class SessionWriter
{
    internal const byte LineEnd = (byte)'\n';
    internal const int ChunkBytes = 1024 * 1024;

    /// <summary>Writes a file, which takes its name once it is whole.</summary>
    internal static async Task WriteAsync(string path, SessionDocument document, KvState? state, CancellationToken cancellationToken)
    {
        using AtomicFile file = new(path, overwrite: true);
        await WriteAsync(file.Stream, document, state, cancellationToken).ConfigureAwait(false);
        file.FinishWriting();
        file.Publish();
    }

    internal static async Task WriteAsync(Stream stream, SessionDocument document, KvState? state, CancellationToken cancellationToken)
    {
        byte[] line = document.ToUtf8();
        await stream.WriteAsync(line, cancellationToken).ConfigureAwait(false);
        if (state is null)
        {
            return;
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(line);
        byte[] chunk = new byte[ChunkBytes];
        chunk[0] = LineEnd;
        int count = 1;
        using Stream bytes = state.Open();
        for (int read; (read = bytes.Read(chunk, count, chunk.Length - count)) > 0 || count > 0; count = 0)
        {
            hash.AppendData(chunk, 0, count + read);
            await stream.WriteAsync(chunk.AsMemory(0, count + read), cancellationToken).ConfigureAwait(false);
        }

        await stream.WriteAsync(hash.GetHashAndReset(), cancellationToken).ConfigureAwait(false);
    }
}
