using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class SplitCommand : Command
{
    private readonly Argument<string> _model = new("MODEL") { Description = $"A GGUF file, any part of a split one, or '{ModelOptions.Guide}' for the guide model." };
    private readonly Argument<string> _output = new("OUTPUT") { Description = "What the parts are named after: x.gguf gives x-00001-of-00003.gguf and so on." };
    private readonly SizeOption _maxSize = new("--max-size", "The most of tensors in a part: 2G, 500M (thousands), 1.5GiB, or bytes.");
    private readonly NumberOption<int> _maxTensors = new("--max-tensors", "N", "The most tensors in a part.");
    private readonly Option<bool> _force = new("--force") { Description = "Replace files that exist." };

    internal SplitCommand() : base("split", "Writes a model as several files, and their paths to standard output.")
    {
        Add(_model);
        Add(_output);
        Add(_maxSize);
        Add(_maxTensors);
        Add(_force);
        Validators.Add(result =>
        {
            if (result.GetResult(_maxSize) is null == result.GetResult(_maxTensors) is null)
            {
                result.AddError("Give either --max-size or --max-tensors.");
            }
        });
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        string source = ModelOptions.PathOf(parsed.GetRequiredValue(_model));
        GgufSplitOptions options = new() { MaxBytes = parsed.GetValue(_maxSize), MaxTensors = parsed.GetValue(_maxTensors) };
        IReadOnlyList<string> parts = CopyProgress.Show("splitting", source, progress =>
            GgufSplitter.Split(source, parsed.GetRequiredValue(_output), options, parsed.GetValue(_force), progress, interrupt.Token));
        foreach (string part in parts)
        {
            Console.WriteLine(part);
        }
        return ExitCode.Success;
    }
}
