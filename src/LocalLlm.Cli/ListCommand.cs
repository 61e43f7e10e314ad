using System.CommandLine;
using Spectre.Console;

namespace LocalLlm.Cli;

internal sealed class ListCommand : Command
{
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON array, with reference, label, path and bytes of each." };

    internal ListCommand() : base("list", "Shows the models that are in the store: downloaded, by whatever tool that uses the hub's cache, or quantized here.")
    {
        Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        ModelStore store = ThisMachine.Store(parsed);
        IReadOnlyList<ModelVariant> models = store.List();
        if (parsed.GetValue(_json))
        {
            Json.Write([.. models.Select(ModelJson.Of)], Json.Default.IReadOnlyListModelJson);
            return ExitCode.Success;
        }
        if (models.Count == 0)
        {
            Console.WriteLine($"No models in {Plain.Of(store.CacheDirectory)}.");
            return ExitCode.Success;
        }
        Table table = new Table().AddColumns("model", "type", "size");
        foreach (ModelVariant model in models)
        {
            table.AddRow(new Text(Plain.Of(model.Reference.ToString())), new Text(model.Label ?? ""), new Text(Size.Of(model.Bytes)));
        }
        Screen.Output.Write(table);
        Console.WriteLine($"{Size.Of(models.Sum(model => model.Bytes))} in {Plain.Of(store.CacheDirectory)}");
        return ExitCode.Success;
    }
}
