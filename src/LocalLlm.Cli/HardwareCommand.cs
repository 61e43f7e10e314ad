using System.CommandLine;
using Spectre.Console;

namespace LocalLlm.Cli;

internal sealed class HardwareCommand : Command
{
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object: release, directory, devices, failures." };

    internal HardwareCommand() : base("hardware", "Shows the devices that models can run on, and the backends that could not be loaded.")
    {
        Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        NativeRuntime runtime = NativeRuntime.Load(loggerFactory: Diagnostics.LoggerFactory(parsed));
        if (parsed.GetValue(_json))
        {
            Json.Write(HardwareJson.Of(runtime), Json.Default.HardwareJson);
            return ExitCode.Success;
        }
        Table devices = new Table().AddColumns("device", "what", "backend", "type", "free", "total");
        foreach (NativeDevice device in runtime.Devices)
        {
            devices.AddRow(
                new Text(device.Name), new Text(device.Description), new Text(device.Backend), new Text($"{device.Type}"),
                new Text(Size.Of(device.FreeBytes)), new Text(Size.Of(device.TotalBytes)));
        }
        Console.WriteLine($"llama.cpp {runtime.Release}, {runtime.Directory}");
        Screen.Output.Write(devices);
        foreach (BackendFailure failure in runtime.Failures)
        {
            Console.WriteLine($"not loaded: {failure.Path}: {failure.Reason}");
        }
        return ExitCode.Success;
    }
}
