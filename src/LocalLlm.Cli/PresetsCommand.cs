using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class PresetsCommand : Command
{
    private readonly ReferenceArgument _reference = new(
        "MODEL",
        $"A GGUF file, a folder with variants of a model, '{ModelOptions.Guide}', hf:owner/repo, or an https address. Only headers are read: nothing is downloaded.");
    private readonly PresetOption _preset = new("Which variants are wanted. Default auto: the best for the machine.");
    private readonly TextOption<HardwareProfile> _hardware = new(
        "--hardware", "SPEC", "The machine to choose for, such as gpu0=24GiB,ram=64GiB,cores=8,bandwidth=50GB/s. Default: this one.", HardwareProfile.Parse);
    private readonly NumberOption<double> _speed = new("--min-speed", "N", "Tokens per second that a variant must reach where not all of it is on GPUs. Default 5.");
    private readonly PlanningOptions _planning;
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object: chosen, and candidates with fileType, preset, bytes, bitsPerWeight, fits, tokensPerSecond, reason." };

    internal PresetsCommand() : base("presets", "Shows which variant of a model a machine would run, and why: each candidate in a line, the chosen one marked.")
    {
        Add(_reference);
        Add(_preset);
        Add(_hardware);
        Add(_speed);
        _planning = new PlanningOptions(this);
        Add(_json);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        ModelStore store = ThisMachine.Store(parsed);
        PresetOptions options = new()
        {
            Preset = parsed.GetValue(_preset) ?? QuantizationPreset.Auto,
            Plan = _planning.Apply(parsed, new PlanOptions()),
        };
        options = options with { MinimumTokensPerSecond = parsed.GetValue(_speed) ?? options.MinimumTokensPerSecond };
        HardwareProfile machine = parsed.GetValue(_hardware) ?? ThisMachine.Profile(parsed, measureMemory: true);
        PresetChoice choice = (await store.ChooseAsync(parsed.GetRequiredValue(_reference), machine, options, interrupt.Token)).Preset;
        if (parsed.GetValue(_json))
        {
            Json.Write(PresetsJson.Of(choice), Json.Default.PresetsJson);
        }
        else
        {
            foreach (string line in choice.ToString().Split(Environment.NewLine))
            {
                Console.WriteLine(Plain.Of(line));
            }
        }
        return ExitCode.Success;
    }
}
