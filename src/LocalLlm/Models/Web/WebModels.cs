using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LocalLlm.Gguf;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Models;

/// <summary>Models at addresses that are no hub's: kept in a folder each, beside what the server said of them.</summary>
internal sealed class WebModels(string root, bool isOffline, HttpSender sender, ModelStoreOptions options, Downloader downloader, ILogger logger)
{
    private const string OriginSuffix = ".localllm.origin.json";
    private const int KeyLength = 16;

    /// <summary>The model at an address, all parts of it.</summary>
    public async Task<ModelVariant> VariantAsync(Uri address, CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Name, Uri Address)> parts = Parts(address);
        string folder = FolderOf(address);
        List<ModelFile> files = [];
        try
        {
            if (isOffline)
            {
                throw Offline(address);
            }

            bool isCached = parts.All(part => Origin(folder, part.Name) is not null);
            foreach ((string name, Uri part) in parts)
            {
                files.Add(await AskAsync(name, part, isCached, cancellationToken).ConfigureAwait(false));
            }
        }
        catch (LocalLlmException e) when (Cached(folder) is { } cached)
        {
            if (!isOffline)
            {
                StoreLog.FromCache(logger, Text(address), e.Message);
            }

            return cached;
        }

        bool isThere = files.All(file => IsThere(folder, file));
        return new ModelVariant
        {
            Reference = ModelReference.OfAddress(address),
            Label = VariantLabel.Of(files[0].Name),
            Files = files,
            LocalPath = isThere ? Path.Combine(folder, files[0].Name) : null,
            IsCurrent = true,
        };
    }

    /// <summary>Fetches what is missing of a model; returns its first file's path.</summary>
    public async Task<string> PullAsync(ModelVariant variant, ProgressMeter? progress, CancellationToken cancellationToken)
    {
        string folder = FolderOf(variant.Reference.Address!);
        ModelFile[] missing = [.. variant.Files.Where(file => !IsThere(folder, file))];
        if (missing.Length > 0 && isOffline)
        {
            throw Offline(variant.Reference.Address!);
        }

        DownloadSource[] sources = [.. missing.Select(Source)];
        if (sources.Length > 0)
        {
            DiskFault.Require(
                folder, sources.Where(source => !PartialFile.Exists(Path.Combine(folder, source.Name), source.Length)).Sum(source => source.Length), sources[0]);
        }

        long done = variant.Bytes - missing.Sum(file => file.Bytes);
        foreach ((ModelFile file, DownloadSource source) in missing.Zip(sources))
        {
            string path = Path.Combine(folder, file.Name);
            long before = done;
            await downloader.GetAsync(
                source,
                path,
                LockPath(folder),
                () => IsThere(folder, file),
                () => SmallFile.Write(path + OriginSuffix, JsonSerializer.Serialize(new WebOrigin(Noted(variant.Reference.Address!, source.Address), file.Bytes, source.Version), HubJson.Default.WebOrigin)),
                progress is null ? null : bytes => progress.Report(before + bytes),
                cancellationToken).ConfigureAwait(false);
            done += file.Bytes;
        }

        progress?.Report(done);
        return Path.Combine(folder, variant.Files[0].Name);
    }

    public IEnumerable<ModelVariant> List() => Directory.Exists(root)
        ? Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal).Select(Cached).OfType<ModelVariant>()
        : [];

    /// <summary>Removes a model. Returns the bytes that became free.</summary>
    public long Remove(Uri address)
    {
        string folder = FolderOf(address);
        if (!Directory.Exists(folder))
        {
            throw new ModelNotFoundException(Text(address), $"{Text(address)} is not in the cache ({root}).");
        }

        long bytes = FolderSize.Of(folder);
        FileLock.Hold([LockPath(folder)], Text(address), () => Directory.Delete(folder, recursive: true));
        return bytes;
    }

    // Beside the folder, and left there: a new file of the same name would be another lock.
    private static string LockPath(string folder) => $"{folder}.lock";

    // What follows the path may be secret.
    private static string Text(Uri address) => HttpAddress.Display(address);

    private static IReadOnlyList<(string Name, Uri Address)> Parts(Uri address)
    {
        string name = Uri.UnescapeDataString(address.AbsolutePath[(address.AbsolutePath.LastIndexOf('/') + 1)..]);
        if (!RemotePath.IsSafe(name) || name.Contains('/'))
        {
            return [("model.gguf", address)];
        }

        return SplitName.TryParse(address.AbsolutePath, out SplitName path) && SplitName.TryParse(name, out SplitName split)
            ? [.. Enumerable.Range(0, split.Count).Select(i => (split.Of(i), HttpAddress.WithPath(address, path.Of(i))))]
            : [(name, address)];
    }

    private static WebOrigin? Origin(string folder, string name)
    {
        try
        {
            return SmallFile.Read(Path.Combine(folder, name + OriginSuffix)) is { } text ? JsonSerializer.Deserialize(text, HubJson.Default.WebOrigin) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsThere(string folder, ModelFile file) =>
        LinkedFile.IsThere(Path.Combine(folder, file.Name), file.Bytes) && Origin(folder, file.Name)?.Version == file.Version;

    /// <summary>The model that a folder holds as a whole; null: none.</summary>
    private static ModelVariant? Cached(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        (string Name, WebOrigin Origin)[] files =
        [
            .. from path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)
               let name = Path.GetFileName(path)
               where ModelFileName.IsGguf(name)
               let origin = Origin(folder, name)
               where origin is not null && LinkedFile.IsThere(path, origin.Bytes) && Uri.IsWellFormedUriString(origin.Address, UriKind.Absolute)
               select (name, origin),
        ];
        return FileSets.Of(files, file => file.Name) is not [{ } set, ..] ? null : new ModelVariant
        {
            Reference = ModelReference.OfAddress(new Uri(set[0].Origin.Address)),
            Label = VariantLabel.Of(set[0].Name),
            Files = [.. set.Select(file => new ModelFile { Name = file.Name, Bytes = file.Origin.Bytes, Address = new Uri(file.Origin.Address), Version = file.Origin.Version })],
            LocalPath = Path.Combine(folder, set[0].Name),
        };
    }

    private static DownloadException NoLength(Uri address, HttpResponseMessage response) =>
        new(address, $"{Text(address)} does not tell its length, which is needed to see when it is whole.", response.StatusCode);

    private static HttpStatusCode[] NoHead => [HttpStatusCode.MethodNotAllowed, HttpStatusCode.NotImplemented, HttpStatusCode.Forbidden, HttpStatusCode.BadRequest];

    /// <summary>The address of a file as it is noted and listed: a query, which says which file it is and may be secret, becomes the name of its folder.</summary>
    private static string Noted(Uri model, Uri file) => model is { Query: "", Fragment: "" } ? Text(file) : $"{Text(file)}#{KeyOf(model)}";

    private static string KeyOf(Uri address)
    {
        if (address.Fragment is ['#', .. { Length: KeyLength } noted] && noted.All(char.IsAsciiHexDigitLower))
        {
            return noted;
        }

        Uri first = Parts(address)[0].Address;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text(first) + first.Query)))[..KeyLength];
    }

    private string FolderOf(Uri address) => Path.Combine(root, KeyOf(address));

    private ModelNotFoundException Offline(Uri address) => new(
        Text(address), $"{Text(address)} is not in the cache ({root}), and nothing is downloaded: HF_HUB_OFFLINE or ModelStoreOptions.Offline is set.");

    /// <summary>Length and version of a file, by one HEAD; by a range of one byte where the server allows no HEAD.</summary>
    private Task<ModelFile> AskAsync(string name, Uri address, bool isCached, CancellationToken cancellationToken) =>
        PatientRetry.AskAsync(address, isCached ? 0 : options.MaxRetries, options.RetryDelay, token => TryAskAsync(name, address, token), cancellationToken);

    private async Task<ModelFile> TryAskAsync(string name, Uri address, CancellationToken cancellationToken)
    {
        using HttpDeadline deadline = new(options.ReadTimeout, cancellationToken);
        deadline.Restart();
        try
        {
            using HttpResponseMessage head = await sender.SendAsync(async: true, HttpMethod.Head, address, prepare: null, isLast: null, deadline.Token).ConfigureAwait(false);
            if (!NoHead.Contains(head.StatusCode) && (head.StatusCode != HttpStatusCode.OK || head.Content.Headers.ContentLength is not null))
            {
                return head.StatusCode == HttpStatusCode.OK
                    ? File(name, address, head, head.Content.Headers.ContentLength)
                    : throw Fault(head, address);
            }

            deadline.Restart();
            using HttpResponseMessage range = await sender.SendAsync(async: true, address, 0, 0, ifRange: null, deadline.Token).ConfigureAwait(false);
            return range.StatusCode switch
            {
                HttpStatusCode.PartialContent => File(name, address, range, range.Content.Headers.ContentRange?.Length),
                HttpStatusCode.OK => File(name, address, range, range.Content.Headers.ContentLength),
                _ => throw Fault(range, address),
            };
        }
        catch (Exception e) when (HttpFaults.IsTransient(e, deadline, cancellationToken))
        {
            throw HttpFaults.Transient(e, options.ReadTimeout);
        }
        catch (HttpRequestException e)
        {
            throw HttpFaults.Unreadable(address, e);
        }

        static ModelFile File(string name, Uri address, HttpResponseMessage response, long? length) => new()
        {
            Name = name,
            Bytes = length ?? throw NoLength(address, response),
            Address = address,
            Version = response.Headers.ETag?.ToString() ?? response.Content.Headers.LastModified?.ToString("O", CultureInfo.InvariantCulture) ?? "unknown",
        };
    }

    private static Exception Fault(HttpResponseMessage response, Uri address) => HttpFaults.ForStatus(
        response, address, "It wants an authorization, which is sent to the hub only (HF_TOKEN): download the file by other means and give its path.");

    private static DownloadSource Source(ModelFile file)
    {
        RangeConditionHeaderValue? condition = Condition(file.Version!);
        return new DownloadSource(file.Name, file.Address!, file.Bytes, null, file.Version!)
        {
            IfRange = condition,
            IsPinned = condition is not null,
            Fault = response => Fault(response, file.Address!),
        };
    }

    /// <summary>What a range must still be of; null: by a weak tag, or by none, no server can tell.</summary>
    private static RangeConditionHeaderValue? Condition(string version) =>
        EntityTagHeaderValue.TryParse(version, out EntityTagHeaderValue? tag) ? tag.IsWeak ? null : new RangeConditionHeaderValue(tag)
        : DateTimeOffset.TryParseExact(version, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset time) ? new RangeConditionHeaderValue(time)
        : null;
}
