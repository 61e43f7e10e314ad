using System.Net;
using System.Net.Http.Headers;

namespace LocalLlm.Gguf;

/// <summary>Sends requests and follows redirects, without carrying the authorization to another host.</summary>
internal sealed class HttpSender
{
    private const int MaxRedirects = 10;

    private static readonly HttpClient Shared = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),

        // A server that answers a range request with a whole file must not make us read on after we have what we need.
        MaxResponseDrainSize = 0,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private readonly HttpClient _client;
    private readonly AuthenticationHeaderValue? _authorization;

    public HttpSender(GgufHttpOptions options)
    {
        _client = options.HttpClient ?? Shared;
        _authorization = options.Authorization;
    }

    /// <summary>Asks for a range and returns once the headers are there. With <paramref name="async"/> false it completes synchronously.</summary>
    /// <exception cref="DownloadException">Redirects that go nowhere or must not be followed.</exception>
    public ValueTask<HttpResponseMessage> SendAsync(bool async, Uri address, long from, long to, EntityTagHeaderValue? ifRange, CancellationToken cancellationToken) =>
        SendAsync(
            async,
            HttpMethod.Get,
            address,
            request =>
            {
                request.Headers.Range = new RangeHeaderValue(from, to);
                if (ifRange is not null)
                {
                    request.Headers.IfRange = new RangeConditionHeaderValue(ifRange);
                }
            },
            isLast: null,
            cancellationToken);

    /// <summary>Sends and returns once the headers are there.</summary>
    /// <param name="async">False: it completes synchronously.</param>
    /// <param name="method">The method, at every host.</param>
    /// <param name="address">The first address.</param>
    /// <param name="prepare">Adds headers to the request to every host; null: none.</param>
    /// <param name="isLast">Whether an answer is wanted though it is a redirect; null: none is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DownloadException">Redirects that go nowhere or must not be followed.</exception>
    public async ValueTask<HttpResponseMessage> SendAsync(
        bool async, HttpMethod method, Uri address, Action<HttpRequestMessage>? prepare, Func<HttpResponseMessage, bool>? isLast, CancellationToken cancellationToken)
    {
        Uri current = address;
        for (int hop = 0; hop <= MaxRedirects; hop++)
        {
            using HttpRequestMessage request = new(method, current);
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            prepare?.Invoke(request);
            if (_authorization is not null && IsSameOrigin(address, current))
            {
                request.Headers.Authorization = _authorization;
            }

            HttpResponseMessage response = async
                ? await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false)
                : _client.Send(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!IsRedirect(response.StatusCode) || response.Headers.Location is not Uri location || isLast?.Invoke(response) == true)
            {
                return response;
            }

            HttpStatusCode status = response.StatusCode;
            response.Dispose();
            current = Follow(address, current, location, status);
        }

        throw new DownloadException(address, $"{HttpAddress.Display(address)} redirects more than {MaxRedirects} times.");
    }

    private Uri Follow(Uri address, Uri current, Uri location, HttpStatusCode status)
    {
        Uri next = location.IsAbsoluteUri ? location : new Uri(current, location);
        if (!HttpAddress.IsHttp(next) || (current.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps))
        {
            throw new DownloadException(
                address, $"{HttpAddress.Display(address)} redirects to {HttpAddress.Display(next)}, which is not followed: it is not https.", status);
        }

        if (_client.DefaultRequestHeaders.Authorization is not null && !IsSameOrigin(address, next))
        {
            throw new DownloadException(
                address,
                $"{HttpAddress.Display(address)} redirects to another host, {HttpAddress.Display(next)}, and the HttpClient would send it its default authorization header. Give the authorization in GgufHttpOptions.Authorization.",
                status);
        }

        return next;
    }

    private static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found
        or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static bool IsSameOrigin(Uri a, Uri b) =>
        a.Scheme == b.Scheme && a.Port == b.Port && string.Equals(a.IdnHost, b.IdnHost, StringComparison.OrdinalIgnoreCase);
}
