using System.Globalization;
using System.Text.RegularExpressions;

namespace LocalLlm.Planning;

/// <summary>One of llama.cpp's tensor_buft_overrides: weights whose names match go to another device. Their KV cache does not.</summary>
/// <param name="Pattern">What llama.cpp searches in each name, as std::regex.</param>
/// <param name="Device">"cpu", or the name of a GPU.</param>
internal sealed record NativeOverride(string Pattern, string Device)
{
    /// <summary>Matches nothing; that there is an override turns pipelining off ("pipeline_parallel" in llama-context.cpp).</summary>
    public static NativeOverride NoPipeline { get; } = new("^no tensor$", "cpu");

    /// <summary>The experts of some layers.</summary>
    public static NativeOverride Experts(IEnumerable<int> layers, string device)
    {
        string numbers = string.Join('|', layers.Select(layer => layer.ToString(CultureInfo.InvariantCulture)));
        return new NativeOverride($@"^blk\.(?:{numbers})\.ffn_(?:gate|up|down|gate_up)_exps", device);
    }

    /// <summary>One tensor.</summary>
    public static NativeOverride Tensor(string name, string device) => new($"^{Regex.Escape(name)}$", device);
}
