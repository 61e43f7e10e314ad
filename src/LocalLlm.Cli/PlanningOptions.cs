using System.CommandLine;
using System.Globalization;

namespace LocalLlm.Cli;

/// <summary>The options that say what is planned for, and where it may go.</summary>
internal sealed class PlanningOptions
{
    private readonly NumberOption<int> _context = new("--context", "N", "Tokens that a conversation can hold. Default: as many as fit.");
    private readonly NumberOption<int> _sequences = new("--sequences", "N", "Conversations of that length that there is room for. Default 1.");
    private readonly ChoiceOption<bool> _unifiedKv = new("--unified-kv", "Whether they share one set of cells. Default true.", ("true", true), ("false", false));
    private readonly ChoiceOption<KvCacheType> _kv = new(
        "--kv", "The type that keys and values are kept in.",
        ("auto", KvCacheType.Auto), ("f16", KvCacheType.F16), ("q8_0", KvCacheType.Q8_0), ("q4_0", KvCacheType.Q4_0));
    private readonly NumberOption<int> _ubatch = new("--ubatch", "N", "Tokens computed at once. Default 512, or fewer where that puts more layers on GPUs.");
    private readonly ChoiceOption<FlashAttention> _flashAttention = new(
        "--flash-attention", "Whether attention is fused.", ("auto", FlashAttention.Auto), ("on", FlashAttention.On), ("off", FlashAttention.Off));
    private readonly NumberOption<int> _outputsMax = new("--outputs-max", "N", "Most tokens of one step that get logits: 0 for llama.cpp's default, or at least --sequences.");
    private readonly ChoiceOption<PlacementStrategy> _strategy = new(
        "--strategy", "How layers are spread over devices.",
        ("auto", PlacementStrategy.Auto), ("balanced", PlacementStrategy.Balanced), ("balanced-low-0", PlacementStrategy.BalancedLow0),
        ("sequential", PlacementStrategy.Sequential), ("cpu-only", PlacementStrategy.CpuOnly));
    private readonly TextOption<MemoryLimits> _maxMemory = new("--max-memory", "SPEC", "The most memory per device, such as gpu0=10GiB,cpu=30GiB.", MemoryLimits.Parse);
    private readonly SizeOption _margin = new("--margin", "Memory that stays free on each device. Default 256 MiB and 2 %.");
    private readonly NumberOption<int> _gpuLayers = new("--gpu-layers", "N", "Layers to put on GPUs, the output counted as one. Default: as many as fit.");
    private readonly TextOption<IReadOnlyList<float>> _tensorSplit = new("--tensor-split", "A,B", "How those are divided over the GPUs, in parts for each.", Parts);
    private readonly Option<FileInfo> _deviceMap = new("--device-map") { HelpName = "FILE", Description = "A file that says where each part goes, in lines such as blk.0-20 = gpu0." };
    private readonly Option<bool> _noVerify = new("--no-verify") { Description = "Do not ask llama.cpp about the plan." };

    /// <param name="command">The command that gets them.</param>
    /// <param name="hasContext">Whether length and number of conversations can be chosen.</param>
    internal PlanningOptions(Command command, bool hasContext = true)
    {
        if (hasContext)
        {
            command.Add(_context);
            command.Add(_sequences);
        }
        command.Add(_unifiedKv);
        command.Add(_kv);
        command.Add(_ubatch);
        command.Add(_flashAttention);
        command.Add(_outputsMax);
        command.Add(_strategy);
        command.Add(_maxMemory);
        command.Add(_margin);
        command.Add(_gpuLayers);
        command.Add(_tensorSplit);
        command.Add(_deviceMap);
        command.Add(_noVerify);
    }

    /// <summary>The options with all that the command line asks for.</summary>
    internal T Apply<T>(ParseResult parsed, T options) where T : PlanOptions => (T)(options with
    {
        ContextLength = parsed.GetValue(_context) ?? options.ContextLength,
        Sequences = parsed.GetValue(_sequences) ?? options.Sequences,
        UnifiedKv = _unifiedKv.ChoiceIn(parsed) ?? options.UnifiedKv,
        KvCacheType = _kv.ChoiceIn(parsed) ?? options.KvCacheType,
        MicroBatch = parsed.GetValue(_ubatch) ?? options.MicroBatch,
        FlashAttention = _flashAttention.ChoiceIn(parsed) ?? options.FlashAttention,
        MostOutputs = parsed.GetValue(_outputsMax) ?? options.MostOutputs,
        Placement = _strategy.ChoiceIn(parsed) ?? options.Placement,
        MaxMemory = parsed.GetValue(_maxMemory) ?? options.MaxMemory,
        Margin = parsed.GetValue(_margin) ?? options.Margin,
        GpuLayers = parsed.GetValue(_gpuLayers) ?? options.GpuLayers,
        TensorSplit = parsed.GetValue(_tensorSplit) ?? options.TensorSplit,
        DeviceMap = parsed.GetValue(_deviceMap) is { } file ? Map(file) : options.DeviceMap,
        Verify = !parsed.GetValue(_noVerify) && options.Verify,
    });

    private static DeviceMap Map(FileInfo file)
    {
        try
        {
            return DeviceMap.Parse(File.ReadAllText(file.FullName));
        }
        catch (FormatException wrong)
        {
            throw new ArgumentException($"{file.Name}: {wrong.Message}", wrong);
        }
    }

    private static IReadOnlyList<float> Parts(string text) =>
        [.. text.Split(',').Select(part => float.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out float number)
            ? number
            : throw new FormatException($"'{part}' is no number. It takes a part for each GPU, such as 3,1."))];
}
