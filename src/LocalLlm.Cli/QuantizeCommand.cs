using System.CommandLine;

namespace LocalLlm.Cli;

internal sealed class QuantizeCommand : Command
{
    private readonly Argument<string> _input = new("IN") { Description = $"A GGUF file of 16 bits, any part of a split one, or '{ModelOptions.Guide}' for the guide model." };
    private readonly Argument<string> _output = new("OUT") { Description = "The file to write." };
    private readonly PresetOption _preset = new("What to make: Q4 (which is Q4_K_M), Q8 (Q8_0) or F16.");
    private readonly TextOption<string> _type = new("--type", "T", "The exact file type to make, such as Q5_K_M or IQ4_XS.", text => text);
    private readonly Option<bool> _moreBits = new("--allow-more-bits") { Description = "Make it also if it becomes larger." };
    private readonly Option<bool> _requantize = new("--allow-requantize") { Description = "Quantize also what is quantized already, which loses more." };
    private readonly NumberOption<int> _threads = new("--threads", "N", "CPU threads to compute with.");
    private readonly Option<bool> _force = new("--force") { Description = "Replace a file that exists." };

    internal QuantizeCommand() : base("quantize", "Writes a variant of a model with fewer bits per weight, and its path to standard output.")
    {
        Add(_input);
        Add(_output);
        Add(_preset);
        Add(_type);
        Add(_moreBits);
        Add(_requantize);
        Add(_threads);
        Add(_force);
        Validators.Add(result =>
        {
            if (result.GetResult(_preset) is null == result.GetResult(_type) is null)
            {
                result.AddError("Give either --preset or --type.");
            }
        });
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using Interrupt interrupt = new();
        QuantizationPreset preset = parsed.GetValue(_type) is { } type ? Exact(type) : parsed.GetValue(_preset)!.Value;
        QuantizationOptions options = new()
        {
            AllowMoreBits = parsed.GetValue(_moreBits),
            AllowRequantize = parsed.GetValue(_requantize),
            Overwrite = parsed.GetValue(_force),
            Threads = parsed.GetValue(_threads),
        };
        NativeRuntime.Load(loggerFactory: Diagnostics.LoggerFactory(parsed));
        QuantizationResult made = await LoadBar.ShowAsync(progress => ModelQuantizer.QuantizeAsync(
            ModelOptions.PathOf(parsed.GetRequiredValue(_input)), parsed.GetRequiredValue(_output), preset, options, progress is null ? null : new Stage(progress), interrupt.Token));
        Console.Error.WriteLine($"{Size.Of(made.SourceBytes)} -> {Size.Of(made.Bytes)} ({made.FileType})");
        Console.WriteLine(made.Path);
        return ExitCode.Success;
    }

    // F16 is a preset's name too, and means any type of 16 bits there.
    private static QuantizationPreset Exact(string type) =>
        type.Equals(nameof(ModelFileType.F16), StringComparison.OrdinalIgnoreCase) ? QuantizationPreset.Of(ModelFileType.F16)
        : QuantizationPreset.TryParse(type, out QuantizationPreset preset) && preset.FileType is { } exact && preset == QuantizationPreset.Of(exact) ? preset
        : throw new ArgumentException($"'{type}' is no file type. There are {string.Join(", ", Enum.GetNames<ModelFileType>())}.");

    /// <summary>Tells at once, and in order, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Stage(IProgress<LoadProgress> receiver) : IProgress<QuantizationProgress>
    {
        public void Report(QuantizationProgress value) => receiver.Report(new LoadProgress(value.Fraction) { Stage = LoadStage.Quantizing });
    }
}
