using LocalLlm.Gguf;

namespace LocalLlm.Inference;

/// <summary>The chat templates in a model's file.</summary>
/// <param name="Default">The one without a name; null where the file has none.</param>
/// <param name="Variants">Those with a name, such as <c>tool_use</c>.</param>
internal sealed record ModelTemplates(string? Default, IReadOnlyDictionary<string, string> Variants)
{
    internal static ModelTemplates Of(GgufMetadata metadata)
    {
        const string prefix = GgufKeys.ChatTemplate + ".";
        Dictionary<string, string> variants = [];
        foreach (string key in metadata.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)))
        {
            if (metadata.TryGetString(key, out string? variant))
            {
                variants[key[prefix.Length..]] = variant;
            }
        }

        return new ModelTemplates(metadata.TryGetString(GgufKeys.ChatTemplate, out string? template) ? template : variants.GetValueOrDefault("default"), variants);
    }
}
