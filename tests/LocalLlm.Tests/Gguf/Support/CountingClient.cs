using System.Net.Sockets;

namespace LocalLlm.Tests.Gguf;

/// <summary>An HTTP client that counts the bytes that its connections receive.</summary>
internal sealed class CountingClient : IDisposable
{
    private long _received;

    public CountingClient() => Client = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync });

    public HttpClient Client { get; }

    public long Received => Interlocked.Read(ref _received);

    public void Dispose() => Client.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return new CountingStream(socket, this);
    }

    private sealed class CountingStream(Socket socket, CountingClient owner) : NetworkStream(socket, ownsSocket: true)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await base.ReadAsync(buffer, cancellationToken);
            Interlocked.Add(ref owner._received, read);
            return read;
        }
    }
}
