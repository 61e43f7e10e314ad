using System.CommandLine;
using Spectre.Console;

namespace LocalLlm.Cli;

internal sealed class HardwareCommand : Command
{
    private readonly Option<string> _path = new("--path")
    {
        Description = "A model file or folder, whose disk is shown instead of the home folder's.",
        DefaultValueFactory = _ => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? home : Path.GetTempPath(),
    };

    private readonly Option<bool> _measure = new("--measure") { Description = "Measure how fast memory, and a file given with --path, are read. Takes about a second." };
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object: release, directory, devices and failures of the backends; spec, gpus, ram, cpu, disk, warnings." };

    internal HardwareCommand() : base("hardware", "Shows what models can run on here: GPUs, memory, processor, disk, and the backends that could not be loaded.")
    {
        Add(_path);
        Add(_measure);
        Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        NativeRuntime runtime = NativeRuntime.Load(loggerFactory: Diagnostics.LoggerFactory(parsed));
        bool measure = parsed.GetValue(_measure);
        HardwareProfile profile = HardwareProfile.Detect(
            new HardwareDetectionOptions { DiskPath = parsed.GetValue(_path), MeasureDisk = measure, MeasureMemory = measure });
        if (parsed.GetValue(_json))
        {
            Json.Write(HardwareJson.Of(runtime, profile), Json.Default.HardwareJson);
            return ExitCode.Success;
        }
        Console.WriteLine($"llama.cpp {runtime.Release}, {runtime.Directory}, backends: {string.Join(", ", runtime.Backends)}");
        foreach (BackendFailure failure in runtime.Failures)
        {
            Console.WriteLine($"not loaded: {failure.Path}: {failure.Reason}");
        }
        if (profile.Gpus.Count > 0)
        {
            Screen.Output.Write(Gpus(profile));
        }
        Console.Write((profile with { Gpus = [] }).ToReport());
        Console.WriteLine($"As text: {profile}");
        return ExitCode.Success;
    }

    private static Table Gpus(HardwareProfile profile)
    {
        Table table = new Table().AddColumns("", "name", "what", "type", "free", "total", "source", "driver");
        for (int i = 0; i < profile.Gpus.Count; i++)
        {
            GpuProfile gpu = profile.Gpus[i];
            string[] cells =
            [
                $"gpu{i}", gpu.Name, gpu.Description, $"{gpu.Type}{(gpu.IsUnified ? ", unified" : "")}", Bytes(gpu.FreeBytes), Bytes(gpu.TotalBytes),
                gpu.FreeBytesSource ?? "", gpu.DriverVersion ?? "",
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }
        return table;
    }

    private static string Bytes(long? bytes) => bytes is { } known ? Size.Of(known) : "not known";
}
