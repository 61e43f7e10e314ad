using System.Text.Json;
using LocalLlm.Chat.Templating;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>Tools as templates take them: in OpenAI's form, all of their texts content.</summary>
internal static class TemplateTools
{
    /// <summary>The tools that a model can be told of; null where there are none. Other kinds of tool are passed over.</summary>
    internal static TemplateValue? From(ChatOptions? options) =>
        ToolChoice.Of(options) is { } choice ? new ListValue([.. choice.Functions.Select(Describe)]) : null;

    /// <exception cref="ArgumentException">It is no array.</exception>
    internal static TemplateValue? From(JsonElement? tools) => tools switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list => list.GetArrayLength() == 0 ? null : TemplateValue.From(list, isContent: true),
        _ => throw new ArgumentException("Tools are a JSON array.", nameof(tools)),
    };

    private static DictValue Describe(AIFunctionDeclaration function) => Dict(
        ("type", Content("function")),
        ("function", Dict(
            ("name", Content(function.Name)),
            ("description", Content(function.Description)),
            ("parameters", function.JsonSchema.ValueKind == JsonValueKind.Object
                ? TemplateValue.From(function.JsonSchema, isContent: true)
                : Dict(("type", Content("object")), ("properties", Dict()))))));

    private static DictValue Dict(params (string Key, TemplateValue Value)[] items) =>
        new(items.Select(item => KeyValuePair.Create(Content(item.Key), item.Value)));

    private static TemplateValue Content(string? text) => text is null ? NoneValue.Instance : StringValue.Of(text, isContent: true);
}
