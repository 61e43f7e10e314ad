using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class PullCommand : Command
{
    private readonly ReferenceArgument _reference = new(
        "A model of the Hugging Face hub, such as hf:owner/repo, hf:owner/repo:Q4_K_M or hf:owner/repo:Q8_0@revision, its page's address, or the https address of a GGUF file.");
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object: reference, label, path, bytes." };

    internal PullCommand() : base("pull", "Downloads a model, unless it is here already, and writes its file's path. A download that was stopped goes on where it was.")
    {
        Add(_reference);
        Add(_json);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        ModelStore store = new(new ModelStoreOptions { LoggerFactory = Diagnostics.LoggerFactory(parsed) });
        ModelVariant variant = Choose(await store.FindAsync(parsed.GetRequiredValue(_reference), interrupt.Token));
        string path = await DownloadBar.ShowAsync(variant, progress => store.PullAsync(variant, progress, interrupt.Token));
        if (parsed.GetValue(_json))
        {
            Json.Write(ModelJson.Of(variant with { LocalPath = path }), Json.Default.ModelJson);
        }
        else
        {
            Console.WriteLine(path);
        }
        return ExitCode.Success;
    }

    // What is usual, until the choice is made for this machine.
    private static ModelVariant Choose(IReadOnlyList<ModelVariant> variants) =>
        variants.FirstOrDefault(variant => variant.Label == "Q4_K_M")
        ?? variants.FirstOrDefault(variant => variant.Label == "Q8_0")
        ?? variants.MinBy(variant => variant.Bytes)!;
}
