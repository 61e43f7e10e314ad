using System.Globalization;

namespace LocalLlm.Gguf;

/// <summary>Which layer a tensor belongs to, from its name.</summary>
/// <param name="Name">"blk.12", or with what stands before it: "v.blk.12"; outside the layers the name without its last part.</param>
/// <param name="Index">Number of the layer; null outside the layers.</param>
internal readonly record struct LayerName(string Name, int? Index)
{
    private const string Block = "blk.";

    public static LayerName Of(string tensor)
    {
        int at = tensor.StartsWith(Block, StringComparison.Ordinal) ? 0 : tensor.IndexOf("." + Block, StringComparison.Ordinal) + 1;
        if (at > 0 || tensor.StartsWith(Block, StringComparison.Ordinal))
        {
            int digits = at + Block.Length;
            int end = tensor.IndexOf('.', digits);
            if (end > digits && int.TryParse(tensor.AsSpan(digits, end - digits), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            {
                return new LayerName(tensor[..end], index);
            }
        }

        int last = tensor.LastIndexOf('.');
        bool isSuffix = last > 0 && tensor.AsSpan(last) is ".weight" or ".bias" or ".scale";
        return new LayerName(isSuffix ? tensor[..last] : tensor, null);
    }
}
