using System.Security.Cryptography;
using LocalLlm.Inference;

namespace LocalLlm.Chat.Sessions;

/// <summary>Reads what <see cref="SessionWriter"/> wrote, the state only when it is asked for.</summary>
/// <param name="stream">Stands where the session begins.</param>
/// <param name="isAsync">Whether waiting for the stream may take another thread: where not, the tasks returned are complete.</param>
internal sealed class SessionReader(Stream stream, bool isAsync) : IDisposable
{
    private const int LongestLine = 1 << 30;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[SessionWriter.ChunkBytes];
    private int _start;
    private int _end;

    /// <summary>Reads all but the state.</summary>
    /// <exception cref="SessionFormatException">It is no saved session, or a damaged one.</exception>
    internal async Task<SessionDocument> ReadDocumentAsync(CancellationToken cancellationToken)
    {
        using MemoryStream line = new();
        while (await FillAsync(cancellationToken).ConfigureAwait(false))
        {
            int length = _buffer.AsSpan(_start, _end - _start).IndexOf(SessionWriter.LineEnd);
            int count = length < 0 ? _end - _start : length;
            line.Write(_buffer, _start, count);
            Take(length < 0 ? count : count + 1);
            if (length >= 0)
            {
                break;
            }

            if (line.Length > LongestLine)
            {
                throw new SessionFormatException("This is not a saved session: its first line does not end.");
            }
        }

        return SessionDocument.Parse(line.GetBuffer().AsSpan(0, (int)line.Length));
    }

    /// <summary>Reads the state that follows.</summary>
    /// <exception cref="SessionFormatException">It is cut off or damaged.</exception>
    /// <exception cref="NotEnoughMemoryException">There is no memory for it.</exception>
    internal async Task<KvState> ReadStateAsync(KvStateLayout layout, CancellationToken cancellationToken)
    {
        if (stream.CanSeek && stream.Length - stream.Position + (_end - _start) < layout.TotalBytes)
        {
            throw CutOff();
        }

        KvState state = new(layout);
        try
        {
            using Stream bytes = state.Open();
            for (long left = layout.TotalBytes; left > 0;)
            {
                int count = (int)Math.Min(left, await AvailableAsync(cancellationToken).ConfigureAwait(false));
                bytes.Write(_buffer, _start, count);
                Take(count);
                left -= count;
            }

            byte[] expected = _hash.GetHashAndReset();
            foreach (byte next in expected)
            {
                await AvailableAsync(cancellationToken).ConfigureAwait(false);
                if (_buffer[_start++] != next)
                {
                    throw new SessionFormatException("The saved session is damaged: its bytes are not those that were written.");
                }
            }

            return state;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    public void Dispose() => _hash.Dispose();

    private static SessionFormatException CutOff() => new("The saved session is cut off: the end of its KV state is missing.");

    private void Take(int count)
    {
        _hash.AppendData(_buffer, _start, count);
        _start += count;
    }

    private async Task<int> AvailableAsync(CancellationToken cancellationToken) =>
        await FillAsync(cancellationToken).ConfigureAwait(false) ? _end - _start : throw CutOff();

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            _start = 0;
            _end = isAsync ? await stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false) : stream.Read(_buffer);
        }

        return _end > 0;
    }
}
