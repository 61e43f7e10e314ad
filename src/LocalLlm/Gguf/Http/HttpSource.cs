using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Polly;
using Polly.Retry;

namespace LocalLlm.Gguf;

/// <summary>
/// A file on a server, read by range requests. Where the server knows no ranges, the header is read from the
/// beginning of its one answer, which is dropped as soon as the header is complete.
/// </summary>
internal sealed class HttpSource : GgufSource
{
    /// <summary>What a stream over a remote tensor asks for at once.</summary>
    public const int StreamBufferBytes = 1024 * 1024;

    private const int CopyBytes = 1024 * 1024;
    private readonly Uri _address;
    private readonly HttpSender _sender;
    private readonly HttpBudget _budget;
    private readonly TimeSpan _readTimeout;
    private readonly ResiliencePipeline _retries;
    private HttpBody? _wholeFile;
    private long? _length;
    private EntityTagHeaderValue? _etag;
    private DateTimeOffset? _lastModified;
    private bool _validatorsKnown;
    private volatile bool _headerDone;
    private volatile bool _disposed;

    public HttpSource(Uri address, GgufHttpOptions options, HttpBudget budget, int firstRead)
    {
        _address = address;
        _sender = new HttpSender(options);
        _budget = budget;
        _readTimeout = options.ReadTimeout;
        FirstRead = firstRead;
        Location = HttpAddress.Display(address);
        _retries = BuildRetries(options);
    }

    public override string Location { get; }

    public override long? Length => _length;

    public override string? ETag => _etag?.ToString();

    public override int FirstRead { get; }

    public override int MaxHeaderBytes => (int)Math.Min(GgufLimits.MaxHeaderBytes, _budget.MaxBytes);

    public override int Read(long offset, Span<byte> destination)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(destination.Length, CopyBytes));
        try
        {
            int total = 0;
            while (total < destination.Length)
            {
                int asked = Math.Min(CopyBytes, destination.Length - total);
                int read = Synchronous.Result(ReadAsync(async: false, offset + total, buffer.AsMemory(0, asked), CancellationToken.None));
                buffer.AsSpan(0, read).CopyTo(destination[total..]);
                total += read;
                if (read < asked)
                {
                    break;
                }
            }

            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        ReadAsync(async: true, offset, destination, cancellationToken);

    public override void HeaderDone()
    {
        _headerDone = true;
        CloseWholeFile();
    }

    public override void Dispose()
    {
        _disposed = true;
        CloseWholeFile();
    }

    private async ValueTask<int> ReadAsync(bool async, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Progress progress = new(offset, destination);
        if (destination.IsEmpty)
        {
            return 0;
        }

        try
        {
            if (async)
            {
                await _retries.ExecuteAsync(
                    static (state, token) => state.Source.TryAsync(async: true, state.Progress, token),
                    (Source: this, Progress: progress),
                    cancellationToken).ConfigureAwait(false);
            }
            else
            {
                _retries.Execute(
                    static (state, token) => Synchronous.Result(state.Source.TryAsync(async: false, state.Progress, token)),
                    (Source: this, Progress: progress),
                    cancellationToken);
            }
        }
        catch (TransientHttpException e)
        {
            throw new DownloadException(_address, $"{Location} could not be read: {e.Message}", e.Status, e.InnerException);
        }

        return progress.Done;
    }

    /// <summary>One attempt: goes on where the last one stopped.</summary>
    private async ValueTask TryAsync(bool async, Progress progress, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using HttpDeadline deadline = new(_readTimeout, cancellationToken);
        try
        {
            if (_wholeFile is not null && !_headerDone)
            {
                await FillAsync(async, _wholeFile, progress, progress.End, deadline).ConfigureAwait(false);
            }

            // A server may answer with less than was asked for.
            while (!progress.IsComplete && progress.Offset != _length)
            {
                await RequestAsync(async, progress, deadline).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (HttpFaults.IsTransient(e, deadline, cancellationToken))
        {
            CloseWholeFile();
            throw HttpFaults.Transient(e, _readTimeout);
        }
        catch (HttpRequestException e)
        {
            throw HttpFaults.Unreadable(_address, e);
        }
    }

    private async ValueTask RequestAsync(bool async, Progress progress, HttpDeadline deadline)
    {
        long from = progress.Offset;
        EntityTagHeaderValue? ifRange = _etag is { IsWeak: false } ? _etag : null;
        deadline.Restart();
        HttpResponseMessage response = await _sender.SendAsync(async, _address, from, progress.End - 1, ifRange, deadline.Token).ConfigureAwait(false);
        HttpBody? body = null;
        long end = progress.End;
        try
        {
            switch (response.StatusCode)
            {
                case HttpStatusCode.PartialContent:
                    end = CheckRange(response, from, end - 1) + 1;
                    body = await HttpBody.OpenAsync(async, response, from, deadline.Token).ConfigureAwait(false);
                    break;
                case HttpStatusCode.OK:
                    CheckWhole(response, from);
                    body = await HttpBody.OpenAsync(async, response, 0, deadline.Token).ConfigureAwait(false);
                    _wholeFile = _headerDone ? null : body;
                    break;
                case HttpStatusCode.RequestedRangeNotSatisfiable:
                    CheckBeyondEnd(response, from);
                    return;
                default:
                    throw HttpFaults.ForStatus(response, _address, "It may want an authorization (GgufHttpOptions.Authorization).");
            }

            await FillAsync(async, body, progress, end, deadline).ConfigureAwait(false);
        }
        finally
        {
            if (body is null || body != _wholeFile)
            {
                response.Dispose();
            }
        }
    }

    /// <summary>Reads from an answer up to a position of the file, which is at most the buffer's end, or to the file's end.</summary>
    private async ValueTask FillAsync(bool async, HttpBody body, Progress progress, long end, HttpDeadline deadline)
    {
        await body.SkipAsync(async, progress.Offset, Take, deadline).ConfigureAwait(false);
        while (progress.Offset < end && progress.Offset != _length)
        {
            Memory<byte> room = progress.Destination.Slice(progress.Done, (int)(end - progress.Offset));
            int read = await body.ReadAsync(async, room, deadline).ConfigureAwait(false);
            Take(read);
            if (read == 0)
            {
                if (_length is null && body.IsWholeFile)
                {
                    // The server told no length; here is its end.
                    _length = progress.Offset;
                    return;
                }

                throw new IOException($"the connection ended at byte {progress.Offset}");
            }

            progress.Done += read;
        }
    }

    private void Take(int bytes)
    {
        if (!_budget.Take(bytes))
        {
            throw new DownloadException(_address, $"Opening {Location} was given up: more than the limit of {_budget.MaxBytes} bytes would have to be read (GgufHttpOptions.MaxBytes).");
        }
    }

    /// <summary>Checks that a partial answer begins where it was asked to; returns its last byte's position.</summary>
    private long CheckRange(HttpResponseMessage response, long from, long to)
    {
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        if (range is not { Unit: "bytes", HasRange: true } || range.From != from || range.To is not long last || last > to)
        {
            throw Broken(response, $"answered a request for bytes {from} to {to} with the range '{range?.ToString() ?? "none"}'");
        }

        CheckSame(response, range.Length);
        return last;
    }

    private void CheckWhole(HttpResponseMessage response, long from)
    {
        CheckSame(response, response.Content.Headers.ContentLength);
        if (_headerDone && from > 0)
        {
            throw new NotSupportedException($"The server of {Location} does not answer range requests: download the file to read its tensors.");
        }
    }

    private void CheckBeyondEnd(HttpResponseMessage response, long from)
    {
        long? length = response.Content.Headers.ContentRange?.Length;
        if (length > from || (_length is long known && from < known))
        {
            throw Broken(response, $"has no bytes from {from} on, though it told a length of {_length ?? length}");
        }

        _length ??= length ?? from;
    }

    /// <summary>Remembers what the first answer says about the file, and compares every later one with it.</summary>
    private void CheckSame(HttpResponseMessage response, long? length)
    {
        if (response.Content.Headers.ContentEncoding.Count > 0)
        {
            throw Broken(response, $"sends the file encoded as {string.Join(", ", response.Content.Headers.ContentEncoding)}, which was not asked for");
        }

        EntityTagHeaderValue? etag = response.Headers.ETag;
        DateTimeOffset? lastModified = response.Content.Headers.LastModified;
        if (!_validatorsKnown)
        {
            _etag = etag;
            _lastModified = lastModified;
            _length = length;
            _validatorsKnown = true;
            return;
        }

        bool changed = _etag is not null && etag is not null ? !etag.Equals(_etag) : lastModified != _lastModified && lastModified is not null && _lastModified is not null;
        if (changed || (length is not null && _length is not null && length != _length))
        {
            throw Broken(response, "changed while it was being read");
        }

        _length ??= length;
    }

    private DownloadException Broken(HttpResponseMessage response, string what) => new(_address, $"{Location} {what}.", response.StatusCode);

    private void CloseWholeFile() => Interlocked.Exchange(ref _wholeFile, null)?.Dispose();

    private static ResiliencePipeline BuildRetries(GgufHttpOptions options)
    {
        if (options.MaxRetries == 0)
        {
            return ResiliencePipeline.Empty;
        }

        return new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<TransientHttpException>(),
                MaxRetryAttempts = options.MaxRetries,
                Delay = options.RetryDelay,
                MaxDelay = TimeSpan.FromMinutes(1),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                DelayGenerator = static arguments => new ValueTask<TimeSpan?>((arguments.Outcome.Exception as TransientHttpException)?.RetryAfter),
            })
            .Build();
    }

    /// <summary>How far a read has come, over all its attempts.</summary>
    private sealed class Progress(long start, Memory<byte> destination)
    {
        public Memory<byte> Destination => destination;

        public int Done { get; set; }

        public long Offset => start + Done;

        public long End => start + destination.Length;

        public bool IsComplete => Done == destination.Length;
    }
}
