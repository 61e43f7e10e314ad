using System.Diagnostics;
using System.Runtime.InteropServices;
using LocalLlm.Native;

namespace LocalLlm.Tests.Native;

public sealed class NativeRuntimeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Loading_twice_gives_the_same_runtime()
    {
        NativeRuntime runtime = NativeRuntime.Load();

        Assert.Same(runtime, NativeRuntime.Load());
        Assert.Same(runtime, NativeRuntime.Load(runtime.Directory));
        Assert.Equal("v0.4.0", runtime.Release);
        Assert.Contains("CPU", runtime.Backends);
        Assert.Contains(runtime.Devices, d => d is { Type: NativeDeviceType.Cpu, TotalBytes: > 0 });
    }

    [Fact]
    public void Another_folder_is_refused_once_the_libraries_are_loaded()
    {
        string loaded = NativeRuntime.Load().Directory;

        NativeLibraryException refused = Assert.Throws<NativeLibraryException>(() => NativeRuntime.Load($"{_folder}"));

        Assert.Contains(loaded, refused.Message, StringComparison.Ordinal);
        Assert.Contains($"{_folder}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vulkan_devices_are_seen_beside_the_processor()
    {
        NativeRuntime runtime = NativeRuntime.Load();
        Requirement.Meet("vulkan", NativeLibrary.TryLoad("libvulkan.so.1", out _), "There is no Vulkan loader (libvulkan1, mesa-vulkan-drivers).");

        Assert.Empty(runtime.Failures);
        Assert.Equal(["Vulkan0", "Vulkan1"], runtime.Devices.Where(d => d.Backend == "Vulkan").Select(d => d.Name));
        Assert.All(runtime.Devices, d => Assert.NotEmpty(d.Description));
    }

    // The layouts of the pinned header: a field more or less would shift everything behind it.
    [Fact]
    public void Structs_have_the_sizes_of_the_pinned_release()
    {
        Assert.Equal(80, Marshal.SizeOf<llama_model_params>());
        Assert.Equal(160, Marshal.SizeOf<llama_context_params>());
        Assert.Equal(56, Marshal.SizeOf<llama_batch>());
        Assert.Equal(12, Marshal.SizeOf<llama_token_data>());
        Assert.Equal(32, Marshal.SizeOf<llama_token_data_array>());
    }

    [Fact]
    public async Task A_library_of_another_version_is_refused()
    {
        CompileStubs("""const char * llama_version(void) { return "9.9.9"; }""");

        await ChildTest.PassesAsync(typeof(NativeRuntimeChild), nameof(NativeRuntimeChild.Refuses_another_version), null, (SearchPath.EnvironmentVariable, $"{_folder}"));
    }

    [Fact]
    public async Task A_library_that_is_not_llama_is_refused()
    {
        CompileStubs("int something_else;");

        await ChildTest.PassesAsync(typeof(NativeRuntimeChild), nameof(NativeRuntimeChild.Refuses_missing_functions), null, (SearchPath.EnvironmentVariable, $"{_folder}"));
    }

    [Fact]
    public async Task A_library_that_needs_another_that_is_missing_is_refused_with_the_loaders_words()
    {
        Compile("missing", "int missing(void) { return 1; }");
        CompileStubs("extern int missing(void); int f(void) { return missing(); }", $"-L{_folder}", "-lmissing");
        File.Delete(_folder.File("libmissing.so"));

        await ChildTest.PassesAsync(typeof(NativeRuntimeChild), nameof(NativeRuntimeChild.Names_the_missing_dependency), null, (SearchPath.EnvironmentVariable, $"{_folder}"));
    }

    [Fact]
    public Task A_folder_without_libraries_is_refused_with_every_path_that_was_tried() =>
        ChildTest.PassesAsync(typeof(NativeRuntimeChild), nameof(NativeRuntimeChild.Lists_what_was_tried), null, (SearchPath.EnvironmentVariable, $"{_folder}"));

    // llama_backend_init would load plugins from the working directory (T7).
    [Fact]
    public async Task Libraries_without_a_CPU_backend_are_refused_and_the_working_directory_is_not_searched()
    {
        string loaded = NativeRuntime.Load().Directory;
        string working = Directory.CreateDirectory(_folder.File("working")).FullName;
        foreach ((_, string[] names) in NativePin.Current.LibraryFiles())
        {
            File.Copy(Path.Combine(loaded, names[0]), _folder.File(names[0]));
        }

        foreach (string plugin in Directory.EnumerateFiles(loaded, "*ggml-cpu*"))
        {
            File.CreateSymbolicLink(Path.Combine(working, Path.GetFileName(plugin)), plugin);
        }

        await ChildTest.PassesAsync(
            typeof(NativeRuntimeChild), nameof(NativeRuntimeChild.Says_that_the_CPU_backend_is_missing), working, (SearchPath.EnvironmentVariable, $"{_folder}"));
    }

    [Fact]
    public async Task A_plugin_that_does_not_load_is_reported_and_the_others_go_on()
    {
        string loaded = NativeRuntime.Load().Directory;
        foreach (string library in Directory.EnumerateFiles(loaded).Where(f => !Path.GetFileName(f).Contains("vulkan", StringComparison.Ordinal)))
        {
            File.CreateSymbolicLink(_folder.File(Path.GetFileName(library)), library);
        }

        await File.WriteAllTextAsync(_folder.File("libggml-vulkan.so"), "no library", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder.File("libggml-cuda13.so"), "no library", TestContext.Current.CancellationToken);

        await ChildTest.PassesAsync(typeof(NativeRuntimeChild), nameof(NativeRuntimeChild.Reports_plugins_that_fail), null, (SearchPath.EnvironmentVariable, $"{_folder}"));
    }

    private void CompileStubs(string llama, params string[] options)
    {
        Compile("ggml-base", "int base;");
        Compile("ggml", "int ggml;");
        Compile("llama", llama, options);
    }

    private void Compile(string name, string source, params string[] options)
    {
        Requirement.Meet("gcc", OperatingSystem.IsLinux() && File.Exists("/usr/bin/gcc"), "There is no gcc.");
        string file = _folder.File($"{name}.c");
        File.WriteAllText(file, source);
        using Process gcc = Process.Start("gcc", ["-shared", "-fPIC", "-o", _folder.File($"lib{name}.so"), file, .. options]);
        gcc.WaitForExit();
        Assert.Equal(0, gcc.ExitCode);
    }
}
