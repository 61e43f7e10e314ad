using Microsoft.Extensions.Logging;

namespace LocalLlm.Models;

/// <summary>The models of the hub's repositories: found there or in the cache, fetched into it, removed from it.</summary>
internal sealed class HubModels(HubEnvironment environment, HubCache cache, HubClient client, Downloader downloader, ILogger logger)
{
    /// <summary>The variants that a reference stands for.</summary>
    public async Task<IReadOnlyList<ModelVariant>> VariantsAsync(ModelReference reference, CancellationToken cancellationToken)
    {
        string repository = reference.Repository!;
        string revision = reference.Revision ?? HubNames.Main;
        HubSnapshot snapshot = environment.IsOffline
            ? Cached(repository, revision, Offline(reference.ToString()))
            : await SnapshotAsync(repository, revision, reference.Variant, cancellationToken).ConfigureAwait(false);
        List<ModelVariant> variants = Variants(repository, reference.Revision, snapshot);
        if (snapshot.Failure is not null && (variants.Count == 0 || (reference.Variant is { } asked && !VariantPick.Has(variants, asked))))
        {
            throw snapshot.Failure;
        }

        if (snapshot.Failure is not null && !environment.IsOffline)
        {
            StoreLog.FromCache(logger, reference.ToString(), snapshot.Failure.Message);
        }

        if (variants.Count == 0)
        {
            string[] names = [.. snapshot.Listings.SelectMany(listing => listing.Files).Select(file => file.Path)];
            string what = names.Length == 0 ? "nothing" : $"{string.Join(", ", names.Take(8))}{(names.Length > 8 ? $" and {names.Length - 8} more files" : "")}";
            throw new ModelNotFoundException(reference.ToString(), $"The repository {repository} has no GGUF model, but {what}. Look for one of the same name that ends in -GGUF.");
        }

        return reference.Variant is { } one ? [VariantPick.One(variants, one, repository)] : variants;
    }

    /// <summary>Fetches what is missing of a variant; returns its first file's path.</summary>
    public async Task<string> PullAsync(ModelVariant variant, ProgressMeter? progress, CancellationToken cancellationToken)
    {
        string repository = variant.Reference.Repository!;
        string commit = variant.Commit!;
        string[] places = [.. variant.Files.Select(file => cache.SnapshotPath(repository, commit, file.Name))];
        ModelFile[] missing = [.. variant.Files.Zip(places).Where(pair => !LinkedFile.IsThere(pair.Second, pair.First.Bytes)).Select(pair => pair.First)];
        if (missing.Length > 0 && environment.IsOffline)
        {
            throw Offline(variant.Reference.ToString());
        }

        DownloadSource[] sources = [.. missing.Select(file => Source(file, repository, commit))];
        if (sources.Length > 0)
        {
            DiskFault.Require(cache.FolderOf(repository), sources.Where(source => !IsOnDisk(source)).Sum(source => source.Length), sources[0]);
        }

        long done = variant.Bytes - missing.Sum(file => file.Bytes);
        foreach (DownloadSource source in sources)
        {
            string blob = cache.BlobPath(repository, source.Version);
            string place = cache.SnapshotPath(repository, commit, source.Name);
            long before = done;
            await downloader.GetAsync(
                source,
                blob,
                cache.LockPath(repository, source.Version),
                () => LinkedFile.IsThere(place, source.Length) || LinkedFile.IsThere(blob, source.Length),
                () => cache.Link(repository, commit, source.Name, source.Version),
                progress is null ? null : bytes => progress.Report(before + bytes),
                cancellationToken).ConfigureAwait(false);
            done += source.Length;
        }

        if (variant.IsCurrent)
        {
            cache.SetCommit(repository, variant.Reference.Revision ?? HubNames.Main, commit);
        }

        progress?.Report(done);
        return places[0];

        bool IsOnDisk(DownloadSource source)
        {
            string blob = cache.BlobPath(repository, source.Version);
            return LinkedFile.IsThere(blob, source.Length) || PartialFile.Exists(blob, source.Length);
        }
    }

    /// <summary>Where a variant's first file is at this hub, whichever hub told of it.</summary>
    public Uri AddressOf(ModelVariant variant) => client.FileAddress(variant.Reference.Repository!, variant.Commit!, variant.Name);

    /// <summary>All variants of the cache.</summary>
    public IEnumerable<ModelVariant> List() =>
        from repository in cache.Repositories().Order(StringComparer.Ordinal)
        let main = cache.CommitOf(repository, HubNames.Main)
        from variant in Variants(repository, null, Cached(repository, HubNames.Main, null))
        select variant.Commit == main ? variant : variant with { Reference = ModelReference.OfRepository(repository, variant.Reference.Variant, variant.Commit) };

    /// <summary>Removes a repository, or one of its variants, at one revision where that is named, else at all. Returns the bytes that became free.</summary>
    public long Remove(ModelReference reference)
    {
        string repository = reference.Repository!;
        string folder = cache.FolderOf(repository);
        if (!Directory.Exists(folder))
        {
            throw new ModelNotFoundException(reference.ToString(), $"{repository} is not in the cache ({folder}).");
        }

        long before = FolderSize.Of(folder);
        bool isPart = reference is not { Variant: null, Revision: null };
        if (isPart)
        {
            RemoveFiles(reference);
        }

        if (isPart && !cache.IsEmpty(repository))
        {
            return before - FolderSize.Of(folder);
        }

        // The locks stay: a new file of the same name would be another lock.
        FileLock.Hold(cache.LockPaths(repository), repository, () =>
        {
            Directory.Delete(folder, recursive: true);
            if (Directory.Exists(cache.ListingsOf(repository)))
            {
                Directory.Delete(cache.ListingsOf(repository), recursive: true);
            }
        });
        return before;
    }

    private static bool Holds(HubListing listing, string? asked) =>
        listing.Files.Count > 0 && asked is not null && VariantPick.Has(VariantsOf(listing).Select(set => (set[0].Path, VariantLabel.Of(set[0].Path))), asked);

    private static IReadOnlyList<IReadOnlyList<HubFile>> VariantsOf(HubListing listing) =>
        FileSets.Of(listing.Files.Where(file => ModelFileName.IsModel(file.Path)), file => file.Path);

    /// <summary>Removes the files of a variant or of a revision, and those contents that no commit has any more.</summary>
    private void RemoveFiles(ModelReference reference)
    {
        string repository = reference.Repository!;
        IEnumerable<string> commits = reference.Revision is { } revision ? new[] { cache.CommitOf(repository, revision) }.OfType<string>() : cache.Commits(repository);
        (string Commit, HubFile File)[] files = [.. from commit in commits from file in cache.Files(repository, commit) select (commit, file)];
        if (files.Length == 0)
        {
            throw new ModelNotFoundException(reference.ToString(), $"{reference} is not in the cache ({environment.CacheFolder}).");
        }

        if (reference.Variant is { } asked)
        {
            List<ModelVariant> variants = Variants(repository, null, Cached(repository, reference.Revision ?? HubNames.Main, null));
            ModelVariant variant = VariantPick.One(variants, asked, $"The cache's {repository}");
            files = [.. files.Where(one => variant.Files.Any(file => file.Name == one.File.Path))];
        }

        string[] blobs = [.. files.Select(one => one.File.Blob).OfType<string>().Distinct()];
        FileLock.Hold(blobs.Select(blob => cache.LockPath(repository, blob)), reference.ToString(), () =>
        {
            foreach ((string commit, HubFile file) in files)
            {
                File.Delete(cache.SnapshotPath(repository, commit, file.Path));
            }

            foreach (string blob in blobs.Except(cache.Commits(repository).SelectMany(commit => cache.Files(repository, commit)).Select(file => file.Blob)).OfType<string>())
            {
                File.Delete(cache.BlobPath(repository, blob));
                PartialFile.DeleteAll(cache.BlobPath(repository, blob));
            }
        });
    }

    /// <summary>What the hub says of a revision, by as few requests as can be; where it does not answer, what the cache has.</summary>
    private async Task<HubSnapshot> SnapshotAsync(string repository, string revision, string? asked, CancellationToken cancellationToken)
    {
        try
        {
            if (cache.CommitOf(repository, revision) is { } commit
                && await StillAsync(repository, revision, commit, asked, cancellationToken).ConfigureAwait(false) is { } still)
            {
                return new HubSnapshot([still], null);
            }

            HubListing listing = await client.ListAsync(repository, revision, cancellationToken).ConfigureAwait(false);
            Keep(repository, listing);
            return new HubSnapshot([listing], null);
        }
        catch (Exception e) when (e is DownloadException or ModelNotFoundException)
        {
            return Cached(repository, revision, (LocalLlmException)e);
        }
    }

    /// <summary>The files of the commit that is known, where one HEAD, or nothing at all for a commit, shows that it is still the revision's; else null.</summary>
    private async Task<HubListing?> StillAsync(string repository, string revision, string commit, string? asked, CancellationToken cancellationToken)
    {
        HubListing there = new(commit, cache.Files(repository, commit));
        HubListing? known = cache.Listing(repository, commit) ?? (Holds(there, asked) ? there : null);
        if (known is null || HubNames.IsCommit(revision))
        {
            return known;
        }

        string? probe = known.Files.Select(file => file.Path).FirstOrDefault(ModelFileName.IsModel);
        return probe is not null && await client.CommitAsync(repository, revision, probe, cancellationToken).ConfigureAwait(false) == commit ? known : null;
    }

    /// <summary>Spares a request the next time. A cache that can only be read does without.</summary>
    private void Keep(string repository, HubListing listing)
    {
        try
        {
            cache.Keep(repository, listing);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            StoreLog.NotKept(logger, repository, e.Message);
        }
    }

    private HubSnapshot Cached(string repository, string revision, LocalLlmException? failure)
    {
        string? first = cache.CommitOf(repository, revision);
        IEnumerable<string> others = revision == HubNames.Main ? cache.Commits(repository).Where(commit => commit != first) : [];
        return new HubSnapshot([.. others.Prepend(first).OfType<string>().Select(commit => new HubListing(commit, cache.Files(repository, commit)))], failure);
    }

    private List<ModelVariant> Variants(string repository, string? revision, HubSnapshot snapshot)
    {
        List<ModelVariant> variants = [];
        HashSet<string> seen = [];
        foreach (HubListing listing in snapshot.Listings)
        {
            IReadOnlyList<IReadOnlyList<HubFile>> sets = VariantsOf(listing);
            ILookup<string?, IReadOnlyList<HubFile>> byLabel = sets.ToLookup(set => VariantLabel.Of(set[0].Path));
            foreach (IReadOnlyList<HubFile> set in sets.Where(set => seen.Add(set[0].Path)))
            {
                string? label = VariantLabel.Of(set[0].Path);
                bool isPlain = label is not null && byLabel[label].Count() == 1;
                variants.Add(Variant(repository, revision, listing.Commit, set, isPlain ? label! : set[0].Path) with { IsCurrent = snapshot.Failure is null });
            }
        }

        return variants;
    }

    private ModelVariant Variant(string repository, string? revision, string commit, IReadOnlyList<HubFile> files, string name)
    {
        bool isThere = files.All(file => LinkedFile.IsThere(cache.SnapshotPath(repository, commit, file.Path), file.Bytes));
        return new ModelVariant
        {
            Reference = ModelReference.OfRepository(repository, name, revision),
            Label = VariantLabel.Of(files[0].Path),
            Files =
            [
                .. files.Select(file => new ModelFile
                {
                    Name = file.Path,
                    Bytes = file.Bytes,
                    Sha256 = file.Blob is not null && HubNames.IsSha256(file.Blob) ? file.Blob : null,
                    Address = client.FileAddress(repository, commit, file.Path),
                    Version = file.Blob,
                }),
            ],
            LocalPath = isThere ? cache.SnapshotPath(repository, commit, files[0].Path) : null,
            Commit = commit,
        };
    }

    private DownloadSource Source(ModelFile file, string repository, string commit)
    {
        Uri address = client.FileAddress(repository, commit, file.Name);
        return new DownloadSource(
            file.Name,
            address,
            file.Bytes,
            file.Sha256,
            file.Version ?? file.Sha256 ?? throw new DownloadException(address, $"The hub does not tell the hash of {file.Name}, which it is kept under."))
        {
            Fault = response => HubFaults.OfFile(response, address, repository, commit, file.Name, environment),
        };
    }

    private ModelNotFoundException Offline(string reference) => new(
        reference, $"{reference} is not in the cache ({environment.CacheFolder}), and nothing is downloaded: HF_HUB_OFFLINE or ModelStoreOptions.Offline is set.");
}
