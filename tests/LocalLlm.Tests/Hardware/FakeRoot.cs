namespace LocalLlm.Tests.Hardware;

/// <summary>A tree of files that stands for another Linux machine's /proc and /sys.</summary>
internal sealed class FakeRoot : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal string this[string file]
    {
        set
        {
            string path = Path.Combine($"{_folder}", file.TrimStart('/'));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, value + "\n");
        }
    }

    public void Dispose() => _folder.Dispose();

    public override string ToString() => $"{_folder}";

    internal void Link(string link, string target)
    {
        string path = Path.Combine($"{_folder}", link.TrimStart('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Directory.CreateSymbolicLink(path, Path.Combine($"{_folder}", target.TrimStart('/')));
    }
}
