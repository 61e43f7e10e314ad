using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class PlanCommand : Command
{
    private readonly HeaderOptions _model;
    private readonly TextOption<HardwareProfile> _hardware = new(
        "--hardware", "SPEC", "The machine to plan for, such as gpu0=24GiB,gpu1=8GiB,ram=64GiB,cores=8. Default: this one.", HardwareProfile.Parse);
    private readonly PresetOption _preset = new("Which variant to plan. Default: a file as it is; of a folder or repository auto, the best for the machine.");
    private readonly PlanningOptions _planning;
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object: the plan with contextLength, gpuLayers, tensorSplit, devices, host, layers, warnings, verified, elapsedMs. Sizes are bytes." };

    internal PlanCommand() : base("plan", "Shows where a model's layers would go on a machine and what they need there, from its header alone.")
    {
        _model = new HeaderOptions(this);
        Add(_hardware);
        Add(_preset);
        _planning = new PlanningOptions(this);
        Add(_json);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        PlanOptions options = _planning.Apply(parsed, new PlanOptions());
        OffloadPlan plan = await PlanAsync(parsed, options, interrupt.Token);
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(plan.ToJson());
        }
        else
        {
            Console.Write(PlanText.Of(plan));
        }
        return ExitCode.Success;
    }

    private async Task<OffloadPlan> PlanAsync(ParseResult parsed, PlanOptions options, CancellationToken cancellationToken)
    {
        bool isChosen = parsed.GetValue(_preset) is not null || _model.IsSeveral(parsed);
        QuantizationPreset preset = parsed.GetValue(_preset) ?? QuantizationPreset.Auto;
        HardwareProfile machine = parsed.GetValue(_hardware)
            ?? ThisMachine.Profile(parsed, measureMemory: isChosen && preset == QuantizationPreset.Auto, _model.PathOf(parsed));
        if (!isChosen)
        {
            using GgufFile file = await _model.OpenAsync(parsed, cancellationToken);
            return OffloadPlanner.Plan(file, machine, options);
        }
        ModelStore store = ThisMachine.Store(parsed);
        PresetOptions wanted = new() { Preset = preset, Plan = options };
        ModelReference reference = _model.ReferenceOf(parsed) ?? throw new ArgumentException("--preset goes with a file, a folder, a repository, or an address that ends in .gguf.");
        ModelChoice choice = await store.ChooseAsync(reference, machine, wanted, cancellationToken);
        if (choice.Made is not null)
        {
            return choice.Preset.Chosen.Candidate.Plan(machine, options);
        }
        using GgufFile header = await store.OpenHeaderAsync(choice.Variant, cancellationToken);
        return OffloadPlanner.Plan(header, machine, options);
    }
}
