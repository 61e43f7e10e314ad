using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using LocalLlm.Gguf;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Models;

/// <summary>Fetches what is missing of a file, by ranges side by side; in one piece where the server knows no ranges, or nothing tells whether they are of one version.</summary>
internal sealed class FileDownload
{
    private const int BufferBytes = 256 * 1024;

    private readonly DownloadSource _source;
    private readonly PartialFile _file;
    private readonly HttpSender _sender;
    private readonly ModelStoreOptions _options;
    private readonly ILogger _logger;
    private readonly PieceQueue _pieces;
    private readonly TaskCompletionSource _knowsRanges = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _location;

    public FileDownload(DownloadSource source, PartialFile file, HttpSender sender, ModelStoreOptions options, ILogger logger)
    {
        _source = source;
        _file = file;
        _sender = sender;
        _options = options;
        _logger = logger;
        _pieces = new PieceQueue(file.Missing(), options.Connections);
        _location = HttpAddress.Display(source.Address);
    }

    /// <summary>Returns when the file is whole. What came before a failure or a cancellation is kept.</summary>
    /// <exception cref="DownloadException">The server refused, kept failing or did not keep to HTTP, or the disk is full.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> workers = [];
        Task first = WorkAsync(stop);
        workers.Add(first);
        try
        {
            // The first answer tells whether there can be more connections than one.
            await Task.WhenAny(first, _knowsRanges.Task).ConfigureAwait(false);
            int more = _knowsRanges.Task.IsCompleted ? Math.Min(_options.Connections - 1, _pieces.Count) : 0;
            for (int i = 0; i < more; i++)
            {
                workers.Add(WorkAsync(stop));
            }

            await Task.WhenAll(workers).ConfigureAwait(false);
        }
        catch (TransientHttpException e)
        {
            throw new DownloadException(_source.Address, $"{_location} could not be downloaded: {e.Message}. What came is kept: the next try goes on there.", e.Status, e.InnerException);
        }
    }

    private async Task WorkAsync(CancellationTokenSource stop)
    {
        try
        {
            PatientRetry retry = new(_options.MaxRetries, _options.RetryDelay, () => _file.BytesDone);
            while (_pieces.TryTake(out ByteRange range))
            {
                Piece piece = new(range);
                await retry.ExecuteAsync(token => TryAsync(piece, token), stop.Token).ConfigureAwait(false);
            }
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>One attempt: goes on where the last one stopped.</summary>
    private async Task TryAsync(Piece piece, CancellationToken cancellationToken)
    {
        using HttpDeadline deadline = new(_options.ReadTimeout, cancellationToken);
        try
        {
            // A server may answer with less than was asked for.
            while (piece.Position < piece.End)
            {
                await RequestAsync(piece, deadline).ConfigureAwait(false);
            }
        }
        catch (TransientHttpException e)
        {
            StoreLog.Retrying(_logger, _location, e.Message);
            throw;
        }
        catch (Exception e) when (HttpFaults.IsTransient(e, deadline, cancellationToken) || IsLostNetwork(e))
        {
            TransientHttpException transient = HttpFaults.Transient(e, _options.ReadTimeout);
            StoreLog.Retrying(_logger, _location, transient.Message);
            throw transient;
        }
        catch (HttpRequestException e)
        {
            throw HttpFaults.Unreadable(_source.Address, e);
        }
    }

    /// <summary>A name that could be resolved before will be again.</summary>
    private bool IsLostNetwork(Exception exception) =>
        exception is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } && _knowsRanges.Task.IsCompleted;

    private async Task RequestAsync(Piece piece, HttpDeadline deadline)
    {
        deadline.Restart();
        using HttpResponseMessage response = await _sender.SendAsync(
            async: true, HttpMethod.Get, _source.Address, _source.IsPinned ? AskRange : null, isLast: null, deadline.Token).ConfigureAwait(false);
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent:
                CheckContent(response);
                long end = CheckRange(response, piece) + 1;
                _knowsRanges.TrySetResult();
                await CopyAsync(response, piece, end, deadline).ConfigureAwait(false);
                break;
            case HttpStatusCode.OK:
                CheckContent(response);
                BecomeWhole(response, piece);
                await CopyAsync(response, piece, piece.End, deadline).ConfigureAwait(false);
                break;
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                throw Broken(response, $"has no bytes from {piece.Position} on, though its length was told as {_source.Length}");
            default:
                throw _source.Fault(response);
        }

        void AskRange(HttpRequestMessage request)
        {
            request.Headers.Range = new RangeHeaderValue(piece.Position, piece.End - 1);
            request.Headers.IfRange = _source.IfRange;
        }
    }

    private async Task CopyAsync(HttpResponseMessage response, Piece piece, long end, HttpDeadline deadline)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using Stream body = await response.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false);
            while (piece.Position < end)
            {
                deadline.Restart();
                int room = (int)Math.Min(buffer.Length, end - piece.Position);
                int read = await body.ReadAsync(buffer.AsMemory(0, room), deadline.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    throw new IOException($"the connection ended at byte {piece.Position}");
                }

                CheckBeginning(response, piece.Position, buffer.AsSpan(0, read));
                Write(piece.Position, buffer.AsSpan(0, read));
                piece.Position += read;
            }

            if (end == _source.Length && await body.ReadAsync(buffer.AsMemory(0, 1), deadline.Token).ConfigureAwait(false) > 0)
            {
                throw Broken(response, $"sends more than {end} bytes, which its length was told as");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Write(long position, ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file.Write(position, bytes);
        }
        catch (IOException e)
        {
            throw DiskFault.Of(e, _source, _file.Length - _file.BytesDone);
        }
    }

    /// <summary>The server sends the file from its beginning, whatever was asked for: what came of it before is of no use.</summary>
    private void BecomeWhole(HttpResponseMessage response, Piece piece)
    {
        if (_knowsRanges.Task.IsCompleted)
        {
            throw new TransientHttpException("the server answered a range with the whole file, or with another version of it", response.StatusCode, null);
        }

        if (response.Content.Headers.ContentLength is long length && length != _source.Length)
        {
            throw Broken(response, $"has {length} bytes, though its length was told as {_source.Length}");
        }

        _pieces.Clear();
        _file.Clear();
        piece.BecomeWhole(_source.Length);
    }

    /// <summary>Checks that a partial answer is what was asked for; returns its last byte's position.</summary>
    private long CheckRange(HttpResponseMessage response, Piece piece)
    {
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        if (range is not { Unit: "bytes", HasRange: true } || range.From != piece.Position || range.To is not long last || last < piece.Position || last >= piece.End)
        {
            throw Broken(response, $"answered a request for bytes {piece.Position} to {piece.End - 1} with the range '{range?.ToString() ?? "none"}'");
        }

        if (range.Length is long length && length != _source.Length)
        {
            throw Broken(response, $"has {length} bytes, though its length was told as {_source.Length}");
        }

        if (response.Content.Headers.ContentLength is long body && body != last + 1 - piece.Position)
        {
            throw Broken(response, $"answered bytes {piece.Position} to {last} with {body} bytes");
        }

        return last;
    }

    private void CheckContent(HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentEncoding.Count > 0)
        {
            throw Broken(response, $"sends the file encoded as {string.Join(", ", response.Content.Headers.ContentEncoding)}, which was not asked for");
        }

        if (response.Content.Headers.ContentType?.MediaType is "text/html")
        {
            throw Broken(response, "sends a web page and no model: a page to log in, perhaps, or the address of a page about the file");
        }
    }

    private void CheckBeginning(HttpResponseMessage response, long position, ReadOnlySpan<byte> bytes)
    {
        if (position < 4 && !"GGUF"u8[(int)position..].StartsWith(bytes[..(int)Math.Min(bytes.Length, 4 - position)]))
        {
            throw Broken(response, "sends something that is no GGUF file");
        }
    }

    private DownloadException Broken(HttpResponseMessage response, string what) => new(_source.Address, $"{_location} {what}.", response.StatusCode);

    /// <summary>A piece that is being fetched.</summary>
    private sealed class Piece(ByteRange range)
    {
        public long Position { get; set; } = range.From;

        public long End { get; private set; } = range.To;

        public void BecomeWhole(long length)
        {
            Position = 0;
            End = length;
        }
    }
}
