using System.CommandLine;

namespace LocalLlm.Cli;

/// <summary>The argument MODEL and the options that loading it takes.</summary>
internal sealed class ModelOptions
{
    internal const string Guide = "guide";

    private readonly Argument<string> _model = new("MODEL") { Description = $"A GGUF file, or '{Guide}' for the guide model that comes along." };
    private readonly NumberOption<int> _context = new("--context", "N", "Tokens that a conversation can hold.");
    private readonly NumberOption<int> _threads = new("--threads", "N", "CPU threads to compute with.");
    private readonly NumberOption<int> _gpuLayers = new("--gpu-layers", "N", "Layers to put on the GPU.");

    /// <param name="command">The command that gets them.</param>
    /// <param name="optional">Whether MODEL can be left out, which means the guide model.</param>
    /// <param name="hasContext">Whether the context's length can be chosen.</param>
    internal ModelOptions(Command command, bool optional = false, bool hasContext = true)
    {
        if (optional)
        {
            _model.Arity = ArgumentArity.ZeroOrOne;
            _model.DefaultValueFactory = _ => Guide;
        }
        command.Add(_model);
        if (hasContext)
        {
            command.Add(_context);
        }
        command.Add(_threads);
        command.Add(_gpuLayers);
    }

    internal Task<LocalModel> LoadAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        LoadAsync(parsed, Options(parsed) with { ContextLength = parsed.GetValue(_context) }, cancellationToken);

    /// <summary>Loads with options that a command has changed.</summary>
    internal Task<LocalModel> LoadAsync(ParseResult parsed, LoadOptions options, CancellationToken cancellationToken) =>
        LocalModel.LoadAsync(PathOf(parsed.GetRequiredValue(_model)), options, cancellationToken);

    /// <summary>What the command line asks for, but for the context.</summary>
    internal LoadOptions Options(ParseResult parsed) => new()
    {
        Threads = parsed.GetValue(_threads),
        GpuLayers = parsed.GetValue(_gpuLayers),
        LoggerFactory = Diagnostics.LoggerFactory(parsed),
    };

    /// <summary>The file that a MODEL of the command line names.</summary>
    internal static string PathOf(string model) => model == Guide ? GuideModel.Path : model;
}
