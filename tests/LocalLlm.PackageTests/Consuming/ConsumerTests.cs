using System.Runtime.InteropServices;

namespace LocalLlm.PackageTests;

/// <summary>An app that references only LocalLlm chats, however it is built.</summary>
public sealed class ConsumerTests(Workspace workspace)
{
    private const string Question = "What is a GGUF file?";

    private const string Chat = $"""
        using LocalLlm;

        using LocalModel model = LocalModel.Load(args[0]);
        Console.WriteLine(model.Chat("{Question}"));
        """;

    private const string ListDevices = """
        using LocalLlm;

        foreach (var device in NativeRuntime.Load().Devices)
        {
            Console.WriteLine(device);
        }
        """;

    private static readonly string Model = Path.Combine(Workspace.Repository, "..", "shared", "models", "guide", "guide-f16.gguf");

    private static readonly string Rid = PinnedPackage.ThisMachine;

    [Fact]
    public async Task Built_app_chats()
    {
        ConsumerApp app = await ChatApp();

        await app.Dotnet("build");

        await AssertChats(app, "bin/Debug/net10.0/app");
    }

    [Fact]
    public async Task App_chats_through_a_library_that_references_LocalLlm()
    {
        Lane.NeedsAll();
        ConsumerApp app = await ChatApp(throughLibrary: true);

        await app.Dotnet("build");
        await AssertChats(app, "bin/Debug/net10.0/app");

        await app.Dotnet("publish", "-r", Rid, "--no-self-contained", "-o", "published");
        await AssertChats(app, "published/app");
    }

    [Theory]
    [InlineData("portable")]
    [InlineData("runtime", "-r", "RID", "--no-self-contained")]
    [InlineData("single-file", "-r", "RID", "--no-self-contained", "-p:PublishSingleFile=true")]
    [InlineData("self-extracting", "-r", "RID", "--no-self-contained", "-p:PublishSingleFile=true", "-p:IncludeNativeLibrariesForSelfExtract=true")]
    [InlineData("trimmed", "-r", "RID", "--self-contained", "-p:PublishTrimmed=true")]
    [InlineData("trimmed-single-file", "-r", "RID", "--self-contained", "-p:PublishTrimmed=true", "-p:PublishSingleFile=true")]
    public async Task Published_app_chats(string mode, params string[] options)
    {
        Lane.NeedsAll();
        ConsumerApp app = await ChatApp();

        await app.Dotnet(["publish", "-o", mode, .. options.Select(o => o == "RID" ? Rid : o)]);

        await AssertChats(app, $"{mode}/app");
    }

    [Fact]
    public async Task App_with_the_Vulkan_backend_sees_Vulkan_devices()
    {
        Lane.NeedsAll();
        Lane.Needs("vulkan", NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "vulkan-1.dll" : "libvulkan.so.1", out _), "There is no Vulkan loader here (libvulkan1, mesa-vulkan-drivers).");
        ConsumerApp app = await ConsumerApp.Create(workspace, ListDevices, ["LocalLlm", "LocalLlm.Backend.Vulkan"]);
        // The same device twice, so that a machine with one (or a software one) shows several.
        Dictionary<string, string?> twice = new() { ["GGML_VK_VISIBLE_DEVICES"] = "0,0" };

        await app.Dotnet("build");
        await AssertVulkan("bin/Debug/net10.0/app");

        await app.Dotnet("publish", "-r", Rid, "--no-self-contained", "-p:PublishSingleFile=true", "-o", "published");
        await AssertVulkan("published/app");

        async Task AssertVulkan(string program)
        {
            string devices = await app.Run(program, "", twice);
            Assert.Contains("Vulkan0", devices, StringComparison.Ordinal);
            Assert.Contains("Vulkan1", devices, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Installed_tool_chats()
    {
        Lane.NeedsAll();
        PackedFeed feed = await workspace.Feed;
        ConsumerApp app = await ConsumerApp.Create(workspace, "", []);

        await app.Dotnet("tool", "install", "LocalLlm.Cli", "--version", feed.Version, "--tool-path", "tools");

        string answer = await app.Run("tools/localllm", Question + "\n", [], "chat");
        Assert.Contains("GGUF", answer, StringComparison.Ordinal);
    }

    private async Task<ConsumerApp> ChatApp(bool throughLibrary = false)
    {
        Lane.Needs("model", File.Exists(Model), "The guide model is not beside the repository.");
        return await ConsumerApp.Create(workspace, Chat, ["LocalLlm"], throughLibrary);
    }

    private static async Task AssertChats(ConsumerApp app, string program)
    {
        string answer = await app.Run(program, "", [], Model);
        Assert.Contains("GGUF", answer, StringComparison.Ordinal);
    }
}
