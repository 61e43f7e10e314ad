using System.CommandLine;

namespace LocalLlm.Cli;

/// <summary>The argument MODEL and the options that loading it takes.</summary>
internal sealed class ModelOptions
{
    internal const string Guide = "guide";

    private readonly Argument<string> _model = new("MODEL") { Description = $"A GGUF file, a folder with variants of a model, hf:owner/repo[:VARIANT], an https address, or '{Guide}' for the guide model that comes along." };
    private readonly PresetOption _preset = new("Which variant: auto, Q4, Q8, F16 or a file type. Made where it is not there. Default: a file as it is, else auto.");
    private readonly NumberOption<int> _threads = new("--threads", "N", "CPU threads to compute with.");
    private readonly PlanningOptions _planning;
    private readonly Option<bool> _showPlan = new("--show-plan") { Description = "Write where the model's layers went, and what they take there, to standard error." };

    /// <param name="command">The command that gets them.</param>
    /// <param name="optional">Whether MODEL can be left out, which means the guide model.</param>
    /// <param name="hasContext">Whether length and number of conversations can be chosen.</param>
    internal ModelOptions(Command command, bool optional = false, bool hasContext = true)
    {
        if (optional)
        {
            _model.Arity = ArgumentArity.ZeroOrOne;
            _model.DefaultValueFactory = _ => Guide;
        }
        command.Add(_model);
        command.Add(_preset);
        command.Add(_threads);
        _planning = new PlanningOptions(command, hasContext);
        command.Add(_showPlan);
    }

    internal Task<LocalModel> LoadAsync(ParseResult parsed, CancellationToken cancellationToken) => LoadAsync(parsed, Options(parsed), cancellationToken);

    /// <summary>Loads with options that a command has changed.</summary>
    internal async Task<LocalModel> LoadAsync(ParseResult parsed, LoadOptions options, CancellationToken cancellationToken)
    {
        string name = PathOf(parsed.GetRequiredValue(_model));
        LocalModel model = options.Preset is null && File.Exists(name)
            ? await LocalModel.LoadAsync(name, options, cancellationToken)
            : await LoadBar.ShowAsync(progress => LocalModel.LoadAsync(name, options with { Progress = progress }, cancellationToken));
        if (parsed.GetValue(_showPlan))
        {
            Console.Error.Write(PlanText.Of(model.Plan));
        }
        return model;
    }

    /// <summary>What the command line asks for.</summary>
    internal LoadOptions Options(ParseResult parsed) => _planning.Apply(parsed, new LoadOptions
    {
        Preset = parsed.GetValue(_preset),
        Threads = parsed.GetValue(_threads),
        LoggerFactory = Diagnostics.LoggerFactory(parsed),
    });

    /// <summary>The file that a MODEL of the command line names.</summary>
    internal static string PathOf(string model) => model == Guide ? GuideModel.Path : model;
}
