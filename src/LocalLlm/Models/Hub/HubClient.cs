using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LocalLlm.Gguf;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Models;

/// <summary>Asks the hub: which commit a revision is, and which files a repository has.</summary>
internal sealed class HubClient(HubEnvironment environment, HttpSender sender, ModelStoreOptions options, ILogger logger)
{
    private const string CommitHeader = "X-Repo-Commit";
    private const long MaxAnswerBytes = 64 * 1024 * 1024;

    // A model in the cache is not kept waiting for a hub that does not answer.
    private static readonly TimeSpan MaxWaitForCommit = TimeSpan.FromSeconds(10);

    /// <summary>The address of a file at a commit or another revision.</summary>
    public Uri FileAddress(string repository, string revision, string path) =>
        new(environment.Endpoint, $"{repository}/resolve/{Uri.EscapeDataString(revision)}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    /// <summary>
    /// Which commit a revision is, by one HEAD of a file, without retries. Null: the hub answers, but does not say so (the
    /// file is gone, say).
    /// </summary>
    /// <exception cref="DownloadException">The hub can't be reached or answers nothing of use.</exception>
    public async Task<string?> CommitAsync(string repository, string revision, string path, CancellationToken cancellationToken)
    {
        Uri address = FileAddress(repository, revision, path);
        using HttpDeadline deadline = new(options.ReadTimeout < MaxWaitForCommit ? options.ReadTimeout : MaxWaitForCommit, cancellationToken);
        deadline.Restart();
        try
        {
            using HttpResponseMessage response = await sender.SendAsync(
                async: true, HttpMethod.Head, address, prepare: null, isLast: answer => answer.Headers.Contains(CommitHeader), deadline.Token).ConfigureAwait(false);
            if (HttpFaults.IsTransient(response.StatusCode))
            {
                throw new DownloadException(address, $"{HttpAddress.Display(address)} answered {(int)response.StatusCode}.", response.StatusCode);
            }

            string? commit = response.Headers.TryGetValues(CommitHeader, out IEnumerable<string>? values) ? values.First() : null;
            return (int)response.StatusCode < 400 && commit is not null && HubNames.IsCommit(commit) ? commit : null;
        }
        catch (Exception e) when (HttpFaults.IsTransient(e, deadline, cancellationToken) || e is HttpRequestException)
        {
            throw new DownloadException(address, $"{HttpAddress.Display(address)} could not be read: {HttpFaults.Describe(e, MaxWaitForCommit)}", null, e);
        }
    }

    /// <summary>The files of a repository, by one request.</summary>
    /// <exception cref="DownloadException">The hub can't be reached, refuses, or answers nothing of use.</exception>
    /// <exception cref="ModelNotFoundException">There is no such repository or revision.</exception>
    public async Task<HubListing> ListAsync(string repository, string revision, CancellationToken cancellationToken)
    {
        Uri address = new(environment.Endpoint, $"api/models/{repository}/revision/{Uri.EscapeDataString(revision)}?blobs=true");
        HubModelJson answer = await PatientRetry.AskAsync(
            address, options.MaxRetries, options.RetryDelay, token => TryGetAsync(address, HubJson.Default.HubModelJson, repository, revision, token), cancellationToken).ConfigureAwait(false);
        if (answer.Sha is null || !HubNames.IsCommit(answer.Sha) || answer.Siblings is null)
        {
            throw new DownloadException(address, $"{HttpAddress.Display(address)} answered without a commit or without files: it is no model repository of a hub.");
        }

        List<HubFile> files = [];
        foreach (HubSiblingJson? sibling in answer.Siblings)
        {
            if (sibling is not { Rfilename: { } path })
            {
                continue;
            }

            if (!RemotePath.IsSafe(path))
            {
                StoreLog.UnsafeName(logger, repository, HubNames.Printable(path));
                continue;
            }

            if ((sibling.Lfs?.Size ?? sibling.Size) is not (>= 0 and long bytes))
            {
                throw new DownloadException(address, $"{HttpAddress.Display(address)} does not tell the size of {path}.");
            }

            string? blob = sibling.Lfs?.Sha256 ?? sibling.BlobId;
            files.Add(new HubFile(path, bytes, blob is not null && HubNames.IsBlob(blob) ? blob : null));
        }

        return new HubListing(answer.Sha, files);
    }

    private async Task<T> TryGetAsync<T>(Uri address, JsonTypeInfo<T> type, string repository, string revision, CancellationToken cancellationToken)
        where T : class
    {
        using HttpDeadline deadline = new(options.ReadTimeout, cancellationToken);
        deadline.Restart();
        try
        {
            using HttpResponseMessage response = await sender.SendAsync(async: true, HttpMethod.Get, address, prepare: null, isLast: null, deadline.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw await FaultAsync(response, address, repository, revision, cancellationToken).ConfigureAwait(false);
            }

            await response.Content.LoadIntoBufferAsync(MaxAnswerBytes, deadline.Token).ConfigureAwait(false);
            using Stream body = await response.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync(body, type, deadline.Token).ConfigureAwait(false)
                ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new DownloadException(address, $"{HttpAddress.Display(address)} answered something that is not the hub's JSON.", HttpStatusCode.OK, e);
        }
        catch (Exception e) when (HttpFaults.IsTransient(e, deadline, cancellationToken))
        {
            throw HttpFaults.Transient(e, options.ReadTimeout);
        }
        catch (HttpRequestException e)
        {
            throw HttpFaults.Unreadable(address, e);
        }
    }

    /// <summary>What an answer that is none means.</summary>
    private async Task<Exception> FaultAsync(HttpResponseMessage response, Uri address, string repository, string revision, CancellationToken cancellationToken)
    {
        string? code = HubFaults.ErrorCode(response);
        if (response.StatusCode == HttpStatusCode.NotFound && code == HubFaults.NoRevision && revision != HubNames.Main)
        {
            IReadOnlyList<string> names = await RevisionsAsync(repository, cancellationToken).ConfigureAwait(false);
            return HubFaults.NoSuchRevision(repository, revision, names);
        }

        return HubFaults.Of(response, address, repository, environment);
    }

    /// <summary>Branches and tags, for a message; none where they can't be had.</summary>
    private async Task<IReadOnlyList<string>> RevisionsAsync(string repository, CancellationToken cancellationToken)
    {
        try
        {
            Uri address = new(environment.Endpoint, $"api/models/{repository}/refs");
            HubRefsJson refs = await TryGetAsync(address, HubJson.Default.HubRefsJson, repository, HubNames.Main, cancellationToken).ConfigureAwait(false);
            return [.. (refs.Branches ?? []).Concat(refs.Tags ?? []).Select(reference => reference?.Name).OfType<string>().Where(HubNames.IsRevision)];
        }
        catch (Exception e) when (e is LocalLlmException or TransientHttpException)
        {
            return [];
        }
    }
}
