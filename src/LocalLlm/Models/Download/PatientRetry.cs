using LocalLlm.Gguf;
using Polly;
using Polly.Retry;

namespace LocalLlm.Models;

/// <summary>Tries again after passing failures, with growing waits. The count starts anew whenever there was progress.</summary>
internal sealed class PatientRetry
{
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMinutes(1);

    private readonly ResiliencePipeline _pipeline;
    private readonly Func<long> _progress;
    private long _best;
    private int _failures;

    /// <param name="maxRetries">Failures in a row, less one, that are the end.</param>
    /// <param name="delay">Wait after the first failure.</param>
    /// <param name="progress">How far all has come; grows.</param>
    public PatientRetry(int maxRetries, TimeSpan delay, Func<long> progress)
    {
        _progress = progress;
        _best = progress();
        _pipeline = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = arguments => new(arguments.Outcome.Exception is TransientHttpException && _failures <= maxRetries),
                MaxRetryAttempts = int.MaxValue,
                DelayGenerator = arguments => new((arguments.Outcome.Exception as TransientHttpException)?.RetryAfter ?? Backoff(delay)),
            })
            .Build();
    }

    /// <summary>Asks a question until there is an answer, or too many failures.</summary>
    /// <exception cref="DownloadException">The last failure's.</exception>
    public static async Task<T> AskAsync<T>(Uri address, int maxRetries, TimeSpan delay, Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
        where T : class
    {
        PatientRetry retry = new(maxRetries, delay, static () => 0);
        T? answer = null;
        try
        {
            await retry.ExecuteAsync(async token => answer = await ask(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (TransientHttpException e)
        {
            throw new DownloadException(address, $"{HttpAddress.Display(address)} could not be read: {e.Message}", e.Status, e.InnerException);
        }

        return answer!;
    }

    public ValueTask ExecuteAsync(Func<CancellationToken, Task> attempt, CancellationToken cancellationToken) => _pipeline.ExecuteAsync(
        async token =>
        {
            try
            {
                await attempt(token).ConfigureAwait(false);
            }
            catch (TransientHttpException)
            {
                CountFailure();
                throw;
            }
        },
        cancellationToken);

    private void CountFailure()
    {
        long reached = _progress();
        _failures = reached > _best ? 1 : _failures + 1;
        _best = Math.Max(_best, reached);
    }

    private TimeSpan Backoff(TimeSpan delay)
    {
        double factor = Math.Pow(2, Math.Min(_failures - 1, 30)) * (0.75 + (0.5 * Random.Shared.NextDouble()));
        return delay * factor < MaxDelay ? delay * factor : MaxDelay;
    }
}
