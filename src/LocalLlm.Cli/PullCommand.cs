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
        ModelStore store = ThisMachine.Store(parsed);
        ModelReference reference = parsed.GetRequiredValue(_reference);
        QuantizationPreset? preset = parsed.GetValue(_preset);
        ModelJson pulled = preset is null && reference is { Variant: not null } or { Address: not null }
            ? await PullAsync(store, reference, interrupt.Token)
            : await GetAsync(store, reference, preset ?? QuantizationPreset.Auto, parsed, interrupt.Token);
        if (parsed.GetValue(_json))
        {
            Json.Write(pulled, Json.Default.ModelJson);
        }
        else
        {
            Console.WriteLine(pulled.Path);
        }
        return ExitCode.Success;
    }

    // What is named is taken as it is.
    private static async Task<ModelJson> PullAsync(ModelStore store, ModelReference reference, CancellationToken cancellationToken)
    {
        ModelVariant variant = (await store.FindAsync(reference, cancellationToken))[0];
        string path = await LoadBar.ShowAsync(progress => store.PullAsync(variant, progress is null ? null : new Download(progress), cancellationToken));
        return ModelJson.Of(variant with { LocalPath = path });
    }

    private static async Task<ModelJson> GetAsync(ModelStore store, ModelReference reference, QuantizationPreset preset, ParseResult parsed, CancellationToken cancellationToken)
    {
        HardwareProfile machine = ThisMachine.Profile(parsed, measureMemory: preset == QuantizationPreset.Auto);
        ModelChoice choice = await store.ChooseAsync(reference, machine, new PresetOptions { Preset = preset }, cancellationToken);
        string path = await LoadBar.ShowAsync(progress => store.GetAsync(choice, progress, cancellationToken));
        return choice.Made is { } made
            ? new ModelJson(path, made.ToString(), path, new FileInfo(path).Length)
            : ModelJson.Of(choice.Variant with { LocalPath = path });
    }

    /// <summary>Tells at once, and in order, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Download(IProgress<LoadProgress> receiver) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) =>
            receiver.Report(new LoadProgress(value.TotalBytes == 0 ? 1 : (double)value.Bytes / value.TotalBytes) { Stage = LoadStage.Downloading, Download = value });
    }
}
