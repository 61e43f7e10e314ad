namespace LocalLlm.Tests;

/// <summary>The repository that these tests were built in.</summary>
internal static class RepositoryFolder
{
    // …/tests/LocalLlm.Tests/bin/CONFIGURATION/FRAMEWORK
    private static readonly DirectoryInfo Output = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    internal static string File(string path) => Path.Combine(Output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, path);

    /// <summary>A program's assembly, as built together with these tests.</summary>
    internal static string Program(string project) =>
        Path.Combine(File(project), "bin", Output.Parent!.Name, Output.Name, Path.GetFileName(project) + ".dll");
}
