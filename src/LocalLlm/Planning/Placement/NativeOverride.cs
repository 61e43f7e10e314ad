using System.Globalization;
using System.Text.RegularExpressions;

namespace LocalLlm.Planning;

/// <summary>One of llama.cpp's tensor_buft_overrides: weights whose names match go to another device. Their KV cache does not.</summary>
/// <param name="Pattern">What llama.cpp searches in each name, as std::regex.</param>
/// <param name="Device">"cpu", or the name of a GPU.</param>
internal sealed partial record NativeOverride(string Pattern, string Device)
{
    /// <summary>Matches nothing; that there is an override turns pipelining off ("pipeline_parallel" in llama-context.cpp).</summary>
    public static NativeOverride NoPipeline { get; } = new("^no tensor$", "cpu");

    /// <summary>The experts of some layers.</summary>
    public static NativeOverride Experts(IEnumerable<int> layers, string device)
    {
        string numbers = string.Join('|', layers.Select(layer => layer.ToString(CultureInfo.InvariantCulture)));
        return new NativeOverride($@"^blk\.(?:{numbers})\.ffn_(?:gate|up|down|gate_up)_exps", device);
    }

    /// <summary>Single tensors. Those of the same name in several layers share a pattern: llama.cpp compiles each pattern anew for each tensor.</summary>
    public static IEnumerable<NativeOverride> Tensors(IReadOnlyDictionary<string, int> moved, Func<int, string> nameOf) => moved
        .Select(tensor => (Match: InLayer().Match(tensor.Key), Name: tensor.Key, Device: tensor.Value))
        .GroupBy(tensor => (Name: tensor.Match.Success ? tensor.Match.Groups["name"].Value : tensor.Name, tensor.Match.Success, tensor.Device))
        .Select(group => new NativeOverride(
            group.Key.Success
                ? $@"^blk\.(?:{string.Join('|', group.Select(tensor => tensor.Match.Groups["layer"].Value))})\.{Regex.Escape(group.Key.Name)}$"
                : $"^{Regex.Escape(group.Key.Name)}$",
            nameOf(group.Key.Device)));

    [GeneratedRegex(@"^blk\.(?<layer>[0-9]+)\.(?<name>.+)$")]
    private static partial Regex InLayer();
}
