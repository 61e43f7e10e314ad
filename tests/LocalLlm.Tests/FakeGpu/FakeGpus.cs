using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using LocalLlm.Native;

namespace LocalLlm.Tests.FakeGpu;

/// <summary>The backend of fake-gpu.cpp. It is registered for good: load it in a child process only.</summary>
internal static unsafe class FakeGpus
{
    /// <summary>How many devices it shows.</summary>
    public const int Count = 4;

    private static nint _library;

    /// <summary>Compiles the backend, once for a source and a llama.cpp; skips the test where that can't be done.</summary>
    public static string Build()
    {
        string source = LlamaSource.Folder;
        Requirement.Meet("g++", OperatingSystem.IsLinux() && File.Exists("/usr/bin/g++"), "There is no g++.");
        string libraries = NativeRuntime.Load().Directory;
        string code = RepositoryFolder.File("tests/LocalLlm.Tests/FakeGpu/fake-gpu.cpp");
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(File.ReadAllText(code) + source + libraries)))[..16];
        string library = Path.Combine(AppContext.BaseDirectory, "fake-gpu", $"libfake-gpu-{hash}.so");
        if (!File.Exists(library))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(library)!);
            string unfinished = $"{library}.{Environment.ProcessId}";
            using Process compiler = Process.Start(
                "g++",
                [
                    "-std=c++17", "-O1", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-DGGML_BACKEND_DL", "-DGGML_BACKEND_SHARED",
                    $"-I{source}/ggml/include", $"-I{source}/ggml/src", $"-I{source}/include", $"-I{source}/src", code, "-o", unfinished,
                    Path.Combine(libraries, "libggml-base.so"), Directory.EnumerateFiles(libraries, "libllama*.so").First(),
                ]);
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
            File.Move(unfinished, library, overwrite: true);
        }

        return library;
    }

    /// <summary>Registers the devices Fake0 to Fake3 in this process.</summary>
    public static void Load(string library)
    {
        NativeRuntime.Load();
        _library = NativeLibrary.Load(library);
        GgmlApi.ggml_backend_register(((delegate* unmanaged<nint>)Export("ggml_backend_init"))());
    }

    /// <summary>Sets a device up.</summary>
    public static void Set(int device, long bytes, bool pipelines, bool copiesCache) =>
        ((delegate* unmanaged<int, nuint, int, int, void>)Export("fake_gpu_set"))(device, (nuint)bytes, pipelines ? 1 : 0, copiesCache ? 1 : 0);

    /// <summary>Bytes that a device says are free and can't give.</summary>
    public static void Hide(int device, long bytes) => ((delegate* unmanaged<int, nuint, void>)Export("fake_gpu_hide"))(device, (nuint)bytes);

    /// <summary>Bytes that are allocated on a device.</summary>
    public static long Allocated(int device) => (long)((delegate* unmanaged<int, nuint>)Export("fake_gpu_allocated"))(device);

    /// <summary>The most bytes that were allocated on a device since it was set up.</summary>
    public static long Most(int device) => (long)((delegate* unmanaged<int, nuint>)Export("fake_gpu_most"))(device);

    /// <summary>Bytes by the name of the buffers: of weights, of the context, of intermediate results. llama.cpp's own account.</summary>
    public static Dictionary<string, (long Weights, long Context, long Compute)> Breakdown(ContextHandle context)
    {
        byte[] text = new byte[4096];
        int length;
        fixed (byte* start = text)
        {
            length = ((delegate* unmanaged<nint, byte*, int, int>)Export("fake_gpu_breakdown"))(context.DangerousGetHandle(), start, text.Length);
        }

        Assert.InRange(length, 1, text.Length - 1);
        return Encoding.UTF8.GetString(text, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToDictionary(
            line => line[0], line => (Number(line[1]), Number(line[2]), Number(line[3])));

        static long Number(string digits) => long.Parse(digits, CultureInfo.InvariantCulture);
    }

    private static nint Export(string name) => NativeLibrary.GetExport(_library, name);
}
