namespace LocalLlm.Tests;

/// <summary>An empty folder of a test's own, deleted with all in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("localllm-test-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    public override string ToString() => _path;

    internal string File(string name) => Path.Combine(_path, name);
}
