using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LocalLlm.Tests;

/// <summary>
/// llama.cpp's own tools, compiled from its source against the very libraries that LocalLlm ships: their npm package also has
/// libllama-common, which the tools need.
/// </summary>
internal static class LlamaTool
{
    // Log lines are written by a thread for which the tools' own main functions don't wait.
    private const string Main = """
        #include "log.h"
        int llama_NAME(int argc, char ** argv);
        int main(int argc, char ** argv) {
            int result = llama_NAME(argc, argv);
            common_log_flush(common_log_main());
            return result;
        }

        """;

    /// <summary>Skips the test where the tools can't be compiled.</summary>
    internal static void Require()
    {
        _ = LlamaSource.Folder;
        Requirement.Meet("g++", OperatingSystem.IsLinux() && File.Exists("/usr/bin/g++"), "There is no g++.");
        Requirement.Meet("source", File.Exists(Archive), $"The npm package with llama.cpp's libraries is not in the cache of downloads: {Archive}.");
    }

    /// <summary>A text of the source, of which the pin says which it is.</summary>
    internal static string ReadSource(string path)
    {
        Require();
        return File.ReadAllText(Path.Combine(LlamaSource.Folder, path));
    }

    /// <summary>Runs a tool, which must succeed, and returns all that it wrote.</summary>
    /// <param name="name">Its name in the folder "tools", such as "perplexity".</param>
    /// <param name="arguments">Its arguments.</param>
    internal static async Task<string> RunAsync(string name, params IEnumerable<string> arguments)
    {
        string tool = Build(name, Main.Replace("NAME", name, StringComparison.Ordinal), $"{LlamaSource.Folder}/tools/{name}/{name}.cpp");
        using Process process = Process.Start(new ProcessStartInfo(tool, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(tool),
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        output += await error;
        Assert.True(process.ExitCode == 0, output);
        return output;
    }

    /// <summary>Compiles a program that uses llama.cpp's own headers: once for a source, a package and a program.</summary>
    /// <param name="name">The end of the program's file name.</param>
    /// <param name="main">The source of its main file.</param>
    /// <param name="options">More for the compiler, such as other files of the source.</param>
    /// <returns>The program's path.</returns>
    internal static string Build(string name, string main, params IEnumerable<string> options)
    {
        Require();
        string folder = Path.Combine(AppContext.BaseDirectory, "llama-tools", Hash(LlamaSource.Folder + Archive));
        if (!Directory.Exists(folder))
        {
            Extract(folder);
        }

        string tool = Path.Combine(folder, $"llama-{name}-{Hash(main)}");
        if (!File.Exists(tool))
        {
            string unfinished = $"{tool}.{Environment.ProcessId}";
            string file = $"{unfinished}.cpp";
            File.WriteAllText(file, main);
            using Process compiler = Process.Start(
                "g++",
                [
                    "-std=c++17", "-O2", $"-I{LlamaSource.Folder}/include", $"-I{LlamaSource.Folder}/ggml/include", $"-I{LlamaSource.Folder}/common", $"-I{LlamaSource.Folder}/vendor",
                    file, .. options, "-o", unfinished,
                    $"-L{folder}", "-l:libllama-common.so", .. Libraries("libllama.*.so"), .. Libraries("libggml.*.so"), "-l:libggml-base.so",
                    "-Wl,-rpath,$ORIGIN", "-Wl,--allow-shlib-undefined",
                ]);
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
            File.Move(unfinished, tool, overwrite: true);
        }

        return tool;

        static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

        IEnumerable<string> Libraries(string pattern) => Directory.EnumerateFiles(folder, pattern).Select(file => $"-l:{Path.GetFileName(file)}");
    }

    private static void Extract(string folder)
    {
        string unfinished = $"{folder}.{Environment.ProcessId}";
        using (FileStream file = File.OpenRead(Archive))
        using (GZipStream tar = new(file, CompressionMode.Decompress))
        {
            Directory.CreateDirectory(unfinished);
            TarFile.ExtractToDirectory(tar, unfinished, overwriteFiles: true);
        }

        Directory.Move(Path.Combine(unfinished, "package", "bins", "linux-x64"), folder);
        Directory.Delete(unfinished, recursive: true);
    }

    // As Native.targets keeps it.
    private static string Archive { get; } = Path.Combine(
        Variable("LOCALLLM_NATIVE_CACHE") ?? Path.Combine(Variable("XDG_CACHE_HOME") ?? Path.Combine(Variable("HOME") ?? "", ".cache"), "localllm", "native"),
        $"{PackageHash()}.tgz");

    private static string PackageHash()
    {
        using JsonDocument pin = JsonDocument.Parse(File.ReadAllBytes(RepositoryFolder.File("native/llama.cpp.json")));
        JsonElement package = pin.RootElement.GetProperty("packages").EnumerateArray().First(p => p.GetProperty("npm").GetString() == "@node-llama-cpp/linux-x64");
        return Convert.ToHexStringLower(Convert.FromBase64String(package.GetProperty("sha512").GetString()!["sha512-".Length..]));
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
