using System.Text.Json.Nodes;

namespace LocalLlm;

/// <summary>Which chat template makes the prompt, and with what.</summary>
public sealed record TemplateOptions
{
    /// <summary>A template in Jinja, in place of the model's. Null (default): the model's own; ChatML for a model that has none.</summary>
    public string? Template { get; init; }

    /// <summary>
    /// The name of one of the model's templates, such as <c>tool_use</c>: see <see cref="ModelInfo.ChatTemplateVariants"/>.
    /// Null (default): with tools the one named <c>tool_use</c>, where there is one, else the default one.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>
    /// More variables, such as <c>enable_thinking</c>, <c>date_string</c> or <c>documents</c>: what a template takes stands in its
    /// text. A text in them is content, as that of a message is: it does not become a control token. Null (default): none.
    /// </summary>
    public IReadOnlyDictionary<string, JsonNode?>? Variables { get; init; }

    /// <summary>The time that the template's <c>strftime_now</c> tells. Null (default): the present, in this machine's time zone.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>Ends the prompt with the beginning of an answer. Default true.</summary>
    public bool AddGenerationPrompt { get; init; } = true;
}
