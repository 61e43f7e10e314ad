using LocalLlm.Chat.Templating;

namespace LocalLlm.Chat;

/// <summary>What a template makes a prompt of.</summary>
/// <param name="Source">The template.</param>
/// <param name="Messages">The conversation, as Hugging Face's templates take it.</param>
/// <param name="Tools">The tools, in OpenAI's form; null where there are none.</param>
/// <param name="Variables">All else that the template can use.</param>
/// <param name="Now">The time that it can tell; null is the present.</param>
internal sealed record TemplateInput(
    string Source, IReadOnlyList<DictValue> Messages, TemplateValue? Tools, IReadOnlyDictionary<string, TemplateValue> Variables, DateTimeOffset? Now);
