using System.Text.Json;

namespace LocalLlm.Models;

/// <summary>
/// The hub's cache on the disk, in the layout that Hugging Face's tools and llama.cpp use: contents in blobs, named by their
/// hash; a folder per commit with links to them; files that say which commit a branch or tag is.
/// </summary>
/// <remarks>https://huggingface.co/docs/hub/local-cache describes it. Where links are not allowed the files lie in the commit's folder.</remarks>
internal sealed class HubCache(string root, string ownRoot, Func<string, string, bool> makeLink)
{
    private const string Prefix = "models--";
    private const string Separator = "--";

    /// <summary>The repositories that have a folder.</summary>
    public IEnumerable<string> Repositories() => Folders(root, $"{Prefix}*")
        .Select(folder => folder[Prefix.Length..].Replace(Separator, "/", StringComparison.Ordinal))
        .Where(HubNames.IsRepository);

    public string FolderOf(string repository) => Path.Combine(root, FolderName(repository));

    public string BlobPath(string repository, string blob) => Path.Combine(FolderOf(repository), "blobs", blob);

    /// <summary>The lock that Hugging Face's tools take, too.</summary>
    public string LockPath(string repository, string blob) => Path.Combine(LocksOf(repository), $"{blob}.lock");

    /// <summary>The locks of all blobs that anybody ever downloaded.</summary>
    public IEnumerable<string> LockPaths(string repository) =>
        Directory.Exists(LocksOf(repository)) ? Directory.EnumerateFiles(LocksOf(repository), "*.lock") : [];

    public string SnapshotPath(string repository, string commit, string path) =>
        Path.Combine([FolderOf(repository), "snapshots", commit, .. path.Split('/')]);

    /// <summary>Whether nothing is left of a repository: no file of any commit, and no download that ended or goes on.</summary>
    public bool IsEmpty(string repository)
    {
        string blobs = Path.Combine(FolderOf(repository), "blobs");
        return Commits(repository).All(commit => Files(repository, commit).Count == 0) && (!Directory.Exists(blobs) || !Directory.EnumerateFiles(blobs).Any());
    }

    /// <summary>The commit that a revision was when something of it was last fetched; null: nothing was.</summary>
    public string? CommitOf(string repository, string revision)
    {
        if (HubNames.IsCommit(revision))
        {
            return revision;
        }

        string? commit = SmallFile.Read(Path.Combine([FolderOf(repository), "refs", .. revision.Split('/')]))?.Trim();
        return commit is not null && HubNames.IsCommit(commit) ? commit : null;
    }

    public void SetCommit(string repository, string revision, string commit)
    {
        if (!HubNames.IsCommit(revision) && CommitOf(repository, revision) != commit)
        {
            SmallFile.Write(Path.Combine([FolderOf(repository), "refs", .. revision.Split('/')]), commit);
        }
    }

    /// <summary>The commits that have files, the newest folder first.</summary>
    public IEnumerable<string> Commits(string repository)
    {
        string snapshots = Path.Combine(FolderOf(repository), "snapshots");
        return Folders(snapshots, "*").Where(HubNames.IsCommit).OrderByDescending(commit => Directory.GetLastWriteTimeUtc(Path.Combine(snapshots, commit)));
    }

    /// <summary>The files of a commit that are there.</summary>
    public IReadOnlyList<HubFile> Files(string repository, string commit)
    {
        string folder = Path.Combine(FolderOf(repository), "snapshots", commit);
        if (!Directory.Exists(folder))
        {
            return [];
        }

        EnumerationOptions all = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = 0 };
        return
        [
            .. from file in new DirectoryInfo(folder).EnumerateFiles("*", all)
               let target = LinkedFile.Resolve(file)
               where target.Exists
               let blob = file.LinkTarget is null ? null : target.Name
               orderby file.FullName
               select new HubFile(Path.GetRelativePath(folder, file.FullName).Replace('\\', '/'), target.Length, blob is not null && HubNames.IsBlob(blob) ? blob : null),
        ];
    }

    /// <summary>Puts a blob into a commit's folder: as a link, or itself where links are not allowed.</summary>
    public void Link(string repository, string commit, string path, string blob)
    {
        string place = SnapshotPath(repository, commit, path);
        string content = BlobPath(repository, blob);
        string folder = Path.GetDirectoryName(place)!;
        Directory.CreateDirectory(folder);
        FileInfo there = new(place);
        if (there.LinkTarget is not null && LinkedFile.Resolve(there).FullName == Path.GetFullPath(content))
        {
            return;
        }

        // Another download moved it to its place meanwhile.
        if (!File.Exists(content) && File.Exists(place))
        {
            return;
        }

        File.Delete(place);
        if (!makeLink(place, Path.GetRelativePath(folder, content)) && !File.Exists(place))
        {
            File.Move(content, place);
        }
    }

    /// <summary>What the hub told about a commit; it never changes. Null: it was not asked.</summary>
    public HubListing? Listing(string repository, string commit)
    {
        if (SmallFile.Read(ListingPath(repository, commit)) is not { } text)
        {
            return null;
        }

        try
        {
            HubListing? listing = JsonSerializer.Deserialize(text, HubJson.Default.HubListing);
            return listing is { Files: not null } && listing.Commit == commit && listing.Files.All(file => RemotePath.IsSafe(file.Path)) ? listing : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Keep(string repository, HubListing listing) =>
        SmallFile.Write(ListingPath(repository, listing.Commit), JsonSerializer.Serialize(listing, HubJson.Default.HubListing));

    public string ListingsOf(string repository) => Path.Combine(ownRoot, "listings", FolderName(repository));

    /// <summary>Makes a symbolic link; false where that is not allowed.</summary>
    public static bool MakeLink(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    private static string FolderName(string repository) => Prefix + repository.Replace("/", Separator, StringComparison.Ordinal);

    private static IEnumerable<string> Folders(string path, string pattern) => Directory.Exists(path)
        ? Directory.EnumerateDirectories(path, pattern).Select(folder => Path.GetFileName(folder))
        : [];

    private string LocksOf(string repository) => Path.Combine(root, ".locks", FolderName(repository));

    private string ListingPath(string repository, string commit) => Path.Combine(ListingsOf(repository), $"{commit}.json");
}
