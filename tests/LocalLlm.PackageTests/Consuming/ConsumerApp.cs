namespace LocalLlm.PackageTests;

/// <summary>A console app outside the repository that takes our packages from the feed and everything else from where this machine does.</summary>
internal sealed class ConsumerApp
{
    private readonly Dictionary<string, string?> _environment;

    private ConsumerApp(string folder, Dictionary<string, string?> environment)
    {
        Folder = folder;
        _environment = environment;
    }

    public string Folder { get; }

    /// <param name="workspace">Where the app is made.</param>
    /// <param name="program">Program.cs.</param>
    /// <param name="packages">Packages of ours that the app references.</param>
    /// <param name="throughLibrary">Whether a class library references them, and the app that library.</param>
    public static async Task<ConsumerApp> Create(Workspace workspace, string program, string[] packages, bool throughLibrary = false)
    {
        PackedFeed feed = await workspace.Feed;
        string folder = Directory.CreateDirectory(Path.Combine(workspace.Root, "apps", Path.GetRandomFileName())).FullName;
        string references = string.Concat(packages.Select(p => $"""<PackageReference Include="{p}" Version="{feed.Version}" />"""));
        Write("nuget.config", await NugetConfig(feed));
        if (throughLibrary)
        {
            Write("library/library.csproj", Project("Library", references));
        }

        Write("app/app.csproj", Project("Exe", throughLibrary ? """<ProjectReference Include="../library/library.csproj" />""" : references));
        Write("app/Program.cs", program);
        return new ConsumerApp(Path.Combine(folder, "app"), await Isolation(workspace));

        void Write(string file, string content)
        {
            string path = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, content);
        }
    }

    public async Task Dotnet(params string[] arguments) => (await PackageTests.Dotnet.Run(Folder, _environment, arguments)).Succeeded();

    /// <summary>Runs an executable that was built or installed, from a folder that has none of its files.</summary>
    public async Task<string> Run(string program, string input, Dictionary<string, string?> variables, params string[] arguments)
    {
        string elsewhere = Directory.CreateDirectory(Path.Combine(Folder, "..", "elsewhere")).FullName;
        string path = Path.GetFullPath(OperatingSystem.IsWindows() ? program + ".exe" : program, Folder);
        return (await PackageTests.Dotnet.Execute(path, elsewhere, variables, input, arguments)).Succeeded().Output;
    }

    private static string Project(string outputType, string references) => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>{outputType}</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <InvariantGlobalization>true</InvariantGlobalization>
            <NuGetAudit>false</NuGetAudit>
          </PropertyGroup>
          <ItemGroup>{references}</ItemGroup>
        </Project>
        """;

    /// <summary>LocalLlm* from the feed and from nowhere else.</summary>
    private static async Task<string> NugetConfig(PackedFeed feed)
    {
        ProcessResult listed = await PackageTests.Dotnet.Run(feed.Folder, new Dictionary<string, string?>(), "nuget", "list", "source");
        // "  1.  name [Enabled]"
        IEnumerable<string> sources = listed.Succeeded().Output.Split('\n').Where(l => l.TrimEnd().EndsWith("[Enabled]", StringComparison.Ordinal))
            .Select(l => l[(l.IndexOf('.', StringComparison.Ordinal) + 1)..l.LastIndexOf('[')].Trim());
        return $"""
            <configuration>
              <packageSources>
                <add key="LocalLlm feed" value="{feed.Folder}" />
              </packageSources>
              <packageSourceMapping>
                <packageSource key="LocalLlm feed"><package pattern="LocalLlm*" /></packageSource>
                {string.Concat(sources.Select(s => $"""<packageSource key="{s}"><package pattern="*" /></packageSource>"""))}
              </packageSourceMapping>
            </configuration>
            """;
    }

    /// <summary>Packages are unpacked into the workspace; those of others that the machine has already are read from there.</summary>
    private static async Task<Dictionary<string, string?>> Isolation(Workspace workspace)
    {
        ProcessResult located = await PackageTests.Dotnet.Run(workspace.Root, new Dictionary<string, string?>(), "nuget", "locals", "global-packages", "--list");
        string path = located.Succeeded().Output.Trim();
        return new()
        {
            ["NUGET_PACKAGES"] = Path.Combine(workspace.Root, "packages"),
            ["NUGET_FALLBACK_PACKAGES"] = path[(path.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim(),
        };
    }
}
