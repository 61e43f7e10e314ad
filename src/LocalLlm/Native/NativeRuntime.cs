using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.InteropServices;
using LocalLlm.Native;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm;

/// <summary>llama.cpp in this process: one set of native libraries, loaded once, and what it found on this machine.</summary>
/// <remarks>
/// Loading a model loads the runtime by itself. Call <see cref="Load"/> first to choose the folder, to log what the
/// backends say, or to see the devices. Thread-safe.
/// </remarks>
public sealed partial class NativeRuntime
{
    private static readonly Lock Gate = new();
    private static NativeRuntime? _current;
    private static NativeLibraryException? _failure;
    private static LoadedLibraries? _libraries;

    static NativeRuntime() => NativeLibrary.SetDllImportResolver(typeof(NativeRuntime).Assembly, Resolve);

    private NativeRuntime(string directory, IReadOnlyList<BackendFailure> failures)
    {
        Directory = directory;
        Failures = failures;
        Backends = ReadBackends();
    }

    /// <summary>The llama.cpp release that LocalLlm is built for and that is loaded, such as <c>v0.4.0</c>.</summary>
    public string Release { get; } = NativePin.Current.Release;

    /// <summary>The folder that the libraries were loaded from.</summary>
    public string Directory { get; }

    /// <summary>The backends that loaded, such as <c>CPU</c> and <c>Vulkan</c>.</summary>
    public IReadOnlyList<string> Backends { get; }

    /// <summary>The backends whose library is there but could not be loaded, and why.</summary>
    public IReadOnlyList<BackendFailure> Failures { get; }

    /// <summary>The devices that the backends report, with their memory at this moment.</summary>
    [SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "There are devices only once the runtime is loaded.")]
    public unsafe IReadOnlyList<NativeDevice> Devices
    {
        get
        {
            NativeDevice[] devices = new NativeDevice[(int)GgmlApi.ggml_backend_dev_count()];
            for (int i = 0; i < devices.Length; i++)
            {
                nint device = GgmlApi.ggml_backend_dev_get((nuint)i);
                ggml_backend_dev_props props;
                GgmlApi.ggml_backend_dev_get_props(device, &props);
                devices[i] = new NativeDevice(
                    Text(props.name) ?? "",
                    Text(props.description)?.Trim() ?? "",
                    Text(GgmlApi.ggml_backend_reg_name(GgmlApi.ggml_backend_dev_backend_reg(device))) ?? "",
                    (NativeDeviceType)props.type,
                    (long)props.memory_free,
                    (long)props.memory_total,
                    Text(props.device_id));
            }

            return devices;
        }
    }

    /// <summary>Loads llama.cpp's libraries and their backends, or returns those that are loaded already.</summary>
    /// <param name="directory">
    /// A folder that holds the libraries, and the only one that is searched for them. Null: the folder in the environment
    /// variable <c>LOCALLLM_NATIVE_DIR</c> if it is set, else the places where the application's packages put native
    /// files, at last <c>runtimes/&lt;rid&gt;/native</c> beside the application. The working directory is never searched.
    /// </param>
    /// <param name="loggerFactory">Receives native log lines that belong to no model; null keeps what was set before.</param>
    /// <returns>The process's one runtime.</returns>
    /// <exception cref="NativeLibraryException">
    /// The libraries are missing, can't be loaded here, have another version than the one known, or another folder's are
    /// loaded already. It lists every path that was tried.
    /// </exception>
    public static NativeRuntime Load(string? directory = null, ILoggerFactory? loggerFactory = null)
    {
        lock (Gate)
        {
            if (loggerFactory is not null)
            {
                NativeLog.SetRuntimeLogger(loggerFactory.CreateLogger<NativeRuntime>());
            }

            if (_failure is not null)
            {
                // The imports are bound to those libraries by now: others in their place would be called half.
                throw new NativeLibraryException(_failure.Message, innerException: _failure);
            }

            if (_current is null)
            {
                _current = LoadOnce(directory, loggerFactory?.CreateLogger<NativeRuntime>() ?? NullLogger<NativeRuntime>.Instance);
            }
            else if (directory is not null && !IsSameFolder(directory, _current.Directory))
            {
                throw new NativeLibraryException(
                    $"llama.cpp is loaded from {_current.Directory} in this process already, so it can't be loaded from {directory} too. Call NativeRuntime.Load with the folder before the first model.");
            }

            return _current;
        }
    }

    /// <summary>Whether the libraries are loaded.</summary>
    internal static bool IsLoaded
    {
        get
        {
            lock (Gate)
            {
                return _current is not null;
            }
        }
    }

    /// <summary>The device handles that can hold layers: GPUs, in ggml's order. None of them is opened.</summary>
    private static nint[] GpuDevices() =>
        [.. Enumerable.Range(0, (int)GgmlApi.ggml_backend_dev_count())
            .Select(i => GgmlApi.ggml_backend_dev_get((nuint)i))
            .Where(d => (NativeDeviceType)GgmlApi.ggml_backend_dev_type(d) is NativeDeviceType.Gpu or NativeDeviceType.IntegratedGpu)];

    /// <summary>The names of the GPUs. None of them is opened: asking for their memory would.</summary>
    internal static unsafe string[] GpuNames() => [.. GpuDevices().Select(d => Text(GgmlApi.ggml_backend_dev_name(d)) ?? "")];

    /// <summary>What a device has left, in bytes; null where there is no such device or it does not tell.</summary>
    internal static unsafe long? FreeBytes(string name)
    {
        nint device = GgmlApi.ggml_backend_dev_by_name(name);
        if (device == 0)
        {
            return null;
        }

        ggml_backend_dev_props props;
        GgmlApi.ggml_backend_dev_get_props(device, &props);
        return props.memory_total > 0 ? (long)props.memory_free : null;
    }

    private static unsafe NativeRuntime LoadOnce(string? directory, ILogger logger)
    {
        IReadOnlyList<string> directories = SearchPath.Directories(directory);
        // Until here nothing is loaded, and a later call may name a better folder.
        _libraries = LoadedLibraries.Load(directories);
        try
        {
            Verify(_libraries);
            // ggml has a log of its own until llama_log_set is called, which sets both.
            LlamaApi.llama_log_set(NativeLog.Callback, 0);
            using NativeLogScope log = NativeLog.Enter(logger);
            IReadOnlyList<BackendFailure> failures = BackendPlugins.Load(_libraries.Directory, directories);
            // Before llama_backend_init: with nothing registered it would load libraries from the working directory.
            if (GgmlApi.ggml_backend_reg_by_name("CPU") == 0)
            {
                throw new NativeLibraryException(
                    $"{_libraries.Directory} holds no CPU backend (ggml-cpu-…) that runs on this processor. Take all files of the package LocalLlm.Backend.Cpu, or build llama.cpp here.",
                    [_libraries.Directory]);
            }

            LlamaApi.llama_backend_init();
            NativeRuntime runtime = new(_libraries.Directory, failures);
            log.ThrowIfFailed();
            if (logger.IsEnabled(LogLevel.Information))
            {
                string backends = string.Join(", ", runtime.Backends);
                LogLoaded(logger, runtime.Release, runtime.Directory, backends);
            }

            foreach ((string path, string reason) in failures)
            {
                LogBackendFailed(logger, path, reason);
            }

            return runtime;
        }
        catch (NativeLibraryException failed)
        {
            _failure = failed;
            throw;
        }
    }

    private static void Verify(LoadedLibraries loaded)
    {
        string? mismatch;
        try
        {
            mismatch = AbiGuard.FindMismatch();
        }
        catch (EntryPointNotFoundException missing)
        {
            mismatch = missing.Message;
        }

        if (mismatch is not null)
        {
            throw new NativeLibraryException(
                $"The libraries in {loaded.Directory} are not llama.cpp {NativePin.Current.Release}, which this version of LocalLlm is made for: {mismatch}. Use the package LocalLlm.Backend.Cpu of the same version as LocalLlm, or a llama.cpp built from that release.",
                [loaded.Directory]);
        }
    }

    private static nint Resolve(string libraryName, Assembly assembly, DllImportSearchPath? searchPath) =>
        libraryName is Library.Llama or Library.Ggml or Library.GgmlBase
            ? (_libraries ?? throw new NativeLibraryException("llama.cpp is not loaded: call NativeRuntime.Load first."))[libraryName]
            : 0;

    private static bool IsSameFolder(string a, string b) => string.Equals(
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(a)), b, OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private static unsafe string[] ReadBackends()
    {
        string[] names = new string[(int)GgmlApi.ggml_backend_reg_count()];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = Text(GgmlApi.ggml_backend_reg_name(GgmlApi.ggml_backend_reg_get((nuint)i))) ?? "";
        }

        return names;
    }

    private static unsafe string? Text(byte* utf8) => Marshal.PtrToStringUTF8((nint)utf8);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "llama.cpp {Release} loaded from {Directory}; backends: {Backends}")]
    private static partial void LogLoaded(ILogger logger, string release, string directory, string backends);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "Backend {Path} could not be loaded: {Reason}")]
    private static partial void LogBackendFailed(ILogger logger, string path, string reason);
}
