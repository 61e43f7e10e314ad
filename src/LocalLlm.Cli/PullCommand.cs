using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class PullCommand : Command
{
    private readonly ReferenceArgument _reference = new(
        "REF",
        "A model of the Hugging Face hub, such as hf:owner/repo, hf:owner/repo:Q4_K_M or hf:owner/repo:Q8_0@revision, its page's address, or the https address of a GGUF file.");
    private readonly PresetOption _preset = new("Which variant. Default auto: the best for this machine.");
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object: reference, label, path, bytes." };

    internal PullCommand() : base("pull", "Downloads a model, unless it is here already, and writes its file's path. A download that was stopped goes on where it was.")
    {
        Add(_reference);
        Add(_preset);
        Add(_json);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        ModelStore store = new(new ModelStoreOptions { LoggerFactory = Diagnostics.LoggerFactory(parsed) });
        ModelReference reference = parsed.GetRequiredValue(_reference);
        QuantizationPreset? preset = parsed.GetValue(_preset);
        IReadOnlyList<ModelVariant> variants = await store.FindAsync(reference, interrupt.Token);
        ModelVariant variant = variants[0];
        string path;
        if (variants.Count == 1 && preset is null)
        {
            path = await LoadBar.ShowAsync(progress => store.PullAsync(variant, progress is null ? null : new Download(progress), interrupt.Token));
        }
        else
        {
            NativeRuntime.Load(loggerFactory: Diagnostics.LoggerFactory(parsed));
            HardwareProfile machine = HardwareProfile.Detect(new HardwareDetectionOptions { MeasureMemory = true });
            ModelChoice choice = await store.ChooseAsync(reference, machine, new PresetOptions { Preset = preset ?? QuantizationPreset.Auto }, interrupt.Token);
            variant = choice.Variant;
            path = await LoadBar.ShowAsync(progress => store.GetAsync(choice, progress, interrupt.Token));
        }
        if (parsed.GetValue(_json))
        {
            Json.Write(new ModelJson(variant.Reference.ToString(), variant.Label, path, variant.Bytes), Json.Default.ModelJson);
        }
        else
        {
            Console.WriteLine(path);
        }
        return ExitCode.Success;
    }

    /// <summary>Tells at once, and in order, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Download(IProgress<LoadProgress> receiver) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) =>
            receiver.Report(new LoadProgress(value.TotalBytes == 0 ? 1 : (double)value.Bytes / value.TotalBytes) { Stage = LoadStage.Downloading, Download = value });
    }
}
