using LocalLlm.Gguf;
using LocalLlm.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm;

/// <summary>
/// The models that are on this machine or can be fetched to it. It keeps them in the cache of the Hugging Face hub, so that
/// what Python's tools or llama.cpp fetched is there already, and what it fetches is there for them.
/// </summary>
/// <remarks>Safe for use by several threads, and by several processes on one cache.</remarks>
public sealed partial class ModelStore
{
    private const string OwnName = "localllm";

    private readonly ModelStoreOptions _options;
    private readonly HubEnvironment _environment;
    private readonly HubModels _hub;
    private readonly WebModels _web;
    private readonly MadeVariants _made;

    /// <summary>Opens a store. Nothing is read, written or asked yet.</summary>
    /// <param name="options">Where and how; null: what the environment says.</param>
    /// <exception cref="ArgumentException">An option, or a variable of the environment, has no value that can be.</exception>
    public ModelStore(ModelStoreOptions? options = null)
    {
        _options = options ?? new ModelStoreOptions();
        _options.Validate();
        _environment = new HubEnvironment(_options, Environment.GetEnvironmentVariable);
        OwnDirectory = Path.Combine(CacheDirectory, OwnName);
        ILogger logger = (ILogger?)_options.LoggerFactory?.CreateLogger<ModelStore>() ?? NullLogger.Instance;
        HttpSender hubSender = new(new GgufHttpOptions { HttpClient = _options.HttpClient, Authorization = _environment.Authorization });
        HttpSender webSender = new(new GgufHttpOptions { HttpClient = _options.HttpClient });
        HubCache cache = new(CacheDirectory, OwnDirectory, _options.MakeLink ?? HubCache.MakeLink);
        HubClient client = new(_environment, hubSender, _options, logger);
        _hub = new HubModels(_environment, cache, client, new Downloader(hubSender, _options, logger), logger);
        _made = new MadeVariants(OwnDirectory, logger);
        _web = new WebModels(Path.Combine(OwnDirectory, "web"), IsOffline, webSender, _options, new Downloader(webSender, _options, logger), logger);
    }

    /// <summary>The folder of the hub's cache.</summary>
    public string CacheDirectory => _environment.CacheFolder;

    /// <summary>
    /// The folder in it for what is no hub's: files of plain addresses, and variants that were quantized here, at
    /// <c>quantized/HASH/NAME.gguf</c>.
    /// </summary>
    public string OwnDirectory { get; }

    /// <summary>Whether the network is never used.</summary>
    public bool IsOffline => _environment.IsOffline;

    /// <summary>
    /// The variants that a reference stands for: of a file or an address, one; of a folder or a repository, its models, or the
    /// one that the reference names. Nothing is downloaded. Where the hub does not answer, those of the cache.
    /// </summary>
    /// <remarks>
    /// A repository takes one HEAD where its files are known from before, else one request for the list; at a commit that is
    /// known none. An address takes one HEAD for each part. Files and folders, and all else offline, take none.
    /// </remarks>
    /// <param name="reference">What is meant.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>At least one variant. <see cref="ModelVariant.LocalPath"/> tells which are here.</returns>
    /// <exception cref="ModelNotFoundException">There is no such file, folder, repository, revision or variant; or it is not in the cache, offline.</exception>
    /// <exception cref="DownloadException">The hub or server can't be reached or refuses, and the cache does not have the model.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task<IReadOnlyList<ModelVariant>> FindAsync(ModelReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return WithTokenAsync(
            async () => reference switch
            {
                { LocalPath: { } path } => LocalModels.At(path),
                { Address: { } address } => [await _web.VariantAsync(address, cancellationToken).ConfigureAwait(false)],
                _ => await _hub.VariantsAsync(reference, cancellationToken).ConfigureAwait(false),
            },
            cancellationToken);
    }

    /// <summary>Opens a variant's header, by range requests where the variant is not here: to plan before anything is downloaded.</summary>
    /// <param name="variant">A variant of <see cref="FindAsync"/>.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The open file; dispose it.</returns>
    /// <exception cref="ModelNotFoundException">The file is gone, or it is not in the cache, offline.</exception>
    /// <exception cref="DownloadException">The server can't be reached or refuses.</exception>
    /// <exception cref="GgufFormatException">The header can't be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task<GgufFile> OpenHeaderAsync(ModelVariant variant, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(variant);
        if (variant.LocalPath is { } path)
        {
            return GgufFile.OpenAsync(path, cancellationToken);
        }

        string? repository = variant.Reference.Repository;
        if (IsOffline || (repository is null ? variant.Files[0].Address : _hub.AddressOf(variant)) is not { } address)
        {
            throw new ModelNotFoundException(variant.Reference.ToString(), $"{variant.Reference} is not on this machine, and nothing is downloaded.");
        }

        return OpenRemoteAsync(address, repository, cancellationToken);
    }

    /// <summary>
    /// Gets a variant to this machine: only what is missing of it, by several connections, checked against the hub's SHA-256.
    /// A download that was cancelled, failed or killed goes on where it stopped. Where another process is downloading the
    /// same, it is waited for.
    /// </summary>
    /// <param name="variant">A variant of <see cref="FindAsync"/>.</param>
    /// <param name="progress">Told about five times a second while bytes come, never by two threads at once; null: nobody.</param>
    /// <param name="cancellationToken">Stops it and leaves what came for the next time.</param>
    /// <returns>The path of the file, or of the first part.</returns>
    /// <exception cref="ModelNotFoundException">It is not in the cache, offline, or not where it was.</exception>
    /// <exception cref="DownloadException">
    /// The server can't be reached, refuses, keeps failing or does not keep to HTTP; the disk is full; or the file came damaged
    /// twice: the damaged one is kept beside, and the message says where.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task<string> PullAsync(ModelVariant variant, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(variant);
        ProgressMeter? meter = progress is null ? null : new ProgressMeter(progress, variant.Bytes);
        return WithTokenAsync(
            () => variant.Reference switch
            {
                { Repository: not null } => _hub.PullAsync(variant, meter, cancellationToken),
                { Address: not null } => _web.PullAsync(variant, meter, cancellationToken),
                { LocalPath: { } path } => File.Exists(path)
                    ? Task.FromResult(variant.LocalPath ?? path)
                    : throw new ModelNotFoundException(path, $"There is no file {path}."),
                _ => throw new ArgumentException("The variant has an empty reference.", nameof(variant)),
            },
            cancellationToken);
    }

    /// <summary>The models that are here: of the hub's cache, of plain addresses, and quantized here. Files and folders elsewhere are not in the store.</summary>
    public IReadOnlyList<ModelVariant> List() => [.. _hub.List(), .. _web.List(), .. _made.List()];

    /// <summary>
    /// Removes from the store: a repository with all that is in its folder, or one of its variants, or with a revision only what
    /// is of that revision; the file of an address; or, by its path, a variant that was quantized here. Other files of this
    /// machine are never removed.
    /// </summary>
    /// <param name="reference">What to remove.</param>
    /// <returns>The bytes that became free.</returns>
    /// <exception cref="ModelNotFoundException">The store does not have it.</exception>
    /// <exception cref="IOException">A file can't be deleted: it is in use, say, or being downloaded.</exception>
    public long Remove(ModelReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return reference switch
        {
            { LocalPath: { } path } => _made.Remove(path),
            { Address: { } address } => _web.Remove(address),
            _ => _hub.Remove(reference),
        };
    }

    /// <summary>Leaves the caller's thread, and throws cancellations with the caller's token.</summary>
    private static async Task<T> WithTokenAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(work, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested && e.CancellationToken != cancellationToken)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    private async Task<GgufFile> OpenRemoteAsync(Uri address, string? repository, CancellationToken cancellationToken)
    {
        GgufHttpOptions options = new()
        {
            HttpClient = _options.HttpClient,
            Authorization = repository is null ? null : _environment.Authorization,
            MaxRetries = _options.MaxRetries,
            RetryDelay = _options.RetryDelay,
            ReadTimeout = _options.ReadTimeout,
        };
        try
        {
            return await GgufFile.OpenAsync(address, options, cancellationToken).ConfigureAwait(false);
        }
        catch (DownloadException e) when (repository is not null && HubFaults.IsRefusal(e.StatusCode))
        {
            // The list of a gated repository is open, its files are not.
            throw HubFaults.Refused(address, repository, _environment, e.StatusCode!.Value);
        }
    }
}
