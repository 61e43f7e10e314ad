namespace LocalLlm.Chat.Templating;

/// <summary>What a template is rendered with.</summary>
/// <param name="Variables">The names that it can use.</param>
/// <param name="Now">The time for strftime_now; null is the present.</param>
internal sealed record TemplateContext(IReadOnlyDictionary<string, TemplateValue> Variables, DateTimeOffset? Now = null);
