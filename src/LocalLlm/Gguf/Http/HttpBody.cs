using System.Buffers;
using System.Net;

namespace LocalLlm.Gguf;

/// <summary>The body of an answer and the position in the file that it has reached.</summary>
internal sealed class HttpBody : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Stream _stream;
    private long _position;

    private HttpBody(HttpResponseMessage response, Stream stream, long position)
    {
        IsWholeFile = response.StatusCode == HttpStatusCode.OK;
        _response = response;
        _stream = stream;
        _position = position;
    }

    /// <summary>Whether the answer holds the file to its end, whatever was asked for.</summary>
    public bool IsWholeFile { get; }

    public static async ValueTask<HttpBody> OpenAsync(bool async, HttpResponseMessage response, long position, CancellationToken cancellationToken)
    {
        Stream stream = async
            ? await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false)
            : response.Content.ReadAsStream(cancellationToken);
        return new HttpBody(response, stream, position);
    }

    public async ValueTask<int> ReadAsync(bool async, Memory<byte> destination, HttpDeadline deadline)
    {
        deadline.Restart();
        int read;
        if (async)
        {
            read = await _stream.ReadAsync(destination, deadline.Token).ConfigureAwait(false);
        }
        else
        {
            // A synchronous read takes no token: closing the answer ends it.
            using CancellationTokenRegistration closing = deadline.Token.UnsafeRegister(static body => ((HttpBody)body!).Dispose(), this);
            read = _stream.Read(destination.Span);
        }

        _position += read;
        return read;
    }

    /// <summary>Reads on to a later position and throws away what lies between; <paramref name="take"/> counts it.</summary>
    public async ValueTask SkipAsync(bool async, long position, Action<int> take, HttpDeadline deadline)
    {
        if (_position == position)
        {
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            while (_position < position)
            {
                int room = (int)Math.Min(buffer.Length, position - _position);
                int read = await ReadAsync(async, buffer.AsMemory(0, room), deadline).ConfigureAwait(false);
                take(read);
                if (read == 0)
                {
                    throw new IOException($"the connection ended at byte {_position}");
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _response.Dispose();
    }
}
