using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using LocalLlm.Native;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm.Tests.Quantization;

/// <summary>llama.cpp's own quantizer, which ours is compared with.</summary>
internal static unsafe partial class NativeQuantizer
{
    private const int NoType = 43;

    // The library's own bindings do not have these functions: it needs neither.
    private static readonly Lazy<nint> Llama = new(() =>
    {
        string folder = NativeRuntime.Load().Directory;
        (_, string[] names) = NativePin.Current.LibraryFiles().Single(files => files.Library == Library.Llama);
        return NativeLibrary.Load(names.Select(name => Path.Combine(folder, name)).First(File.Exists));
    });

    private static delegate* unmanaged<Parameters> Defaults => (delegate* unmanaged<Parameters>)NativeLibrary.GetExport(Llama.Value, "llama_model_quantize_default_params");

    private static delegate* unmanaged<byte*, byte*, Parameters*, uint> Call => (delegate* unmanaged<byte*, byte*, Parameters*, uint>)NativeLibrary.GetExport(Llama.Value, "llama_model_quantize");

    /// <summary>The type of each tensor that a dry run says, by name; null where it fails.</summary>
    public static Dictionary<string, string>? DryRun(string path, ModelFileType type)
    {
        List<string> lines = [];
        return Run(path, "unused", type, isDry: true, lines.Add) ? Types(lines) : null;
    }

    /// <summary>Makes a variant.</summary>
    public static bool Quantize(string source, string destination, ModelFileType type, int threads = 2) => Run(source, destination, type, isDry: false, null, threads);

    private static bool Run(string source, string destination, ModelFileType type, bool isDry, Action<string>? reader, int threads = 2)
    {
        using NativeLogScope log = NativeLog.Enter(NullLogger.Instance, reader);
        Parameters parameters = Defaults();
        Assert.Equal(NoType, parameters.output_tensor_type);
        parameters.nthread = threads;
        parameters.ftype = (int)type;
        parameters.allow_requantize = 1;
        parameters.dry_run = isDry ? (byte)1 : (byte)0;
        fixed (byte* input = Encoding.UTF8.GetBytes(source + '\0'))
        fixed (byte* output = Encoding.UTF8.GetBytes(destination + '\0'))
        {
            return Call(input, output, &parameters) == 0;
        }
    }

    // "[   1/ 272] output.weight - [..], type = f16, size = 1.00 MiB -> 0.50 MiB (q6_K)", in one piece or in several.
    private static Dictionary<string, string> Types(List<string> pieces)
    {
        Dictionary<string, string> types = [];
        foreach (Match match in Line().Matches(string.Join('\n', pieces)))
        {
            types[match.Groups["name"].Value] = match.Groups["made"].Success ? match.Groups["made"].Value : match.Groups["type"].Value;
        }

        return types;
    }

    [GeneratedRegex(@"\[ *[0-9]+/ *[0-9]+\] +(?<name>\S+) +- \[[^\]]*\], type = *(?<type>[^ ,]+),\s*size = +[0-9.]+ MiB( -> +[0-9.]+ MiB \((?<made>[^)]+)\))?")]
    private static partial Regex Line();

    /// <summary>llama_model_quantize_params of llama.h, v0.4.0.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Parameters
    {
        public int nthread;
        public int ftype;
        public int output_tensor_type;
        public int token_embedding_type;
        public byte allow_requantize;
        public byte quantize_output_tensor;
        public byte only_copy;
        public byte pure;
        public byte keep_split;
        public byte dry_run;
        public nint imatrix;
        public nint kv_overrides;
        public nint tt_overrides;
        public nint prune_layers;
        public nuint max_buf_size;
    }
}
