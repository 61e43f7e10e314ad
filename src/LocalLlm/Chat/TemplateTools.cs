using System.Text.Json;
using System.Text.Json.Nodes;
using LocalLlm.Chat.Templating;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>Tools as templates take them: in OpenAI's form, all of their texts content.</summary>
internal static class TemplateTools
{
    /// <summary>The tools that a model can be told of; null where there are none. Other kinds of tool are passed over.</summary>
    internal static TemplateValue? From(ChatOptions? options)
    {
        AIFunctionDeclaration[] functions = options?.ToolMode is NoneChatToolMode ? [] : [.. options?.Tools?.OfType<AIFunctionDeclaration>() ?? []];
        return functions.Length == 0 ? null : TemplateValue.From(new JsonArray([.. functions.Select(Describe)]), isContent: true);
    }

    /// <exception cref="ArgumentException">It is no array.</exception>
    internal static TemplateValue? From(JsonElement? tools) => tools switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list => list.GetArrayLength() == 0 ? null : TemplateValue.From(list, isContent: true),
        _ => throw new ArgumentException("Tools are a JSON array.", nameof(tools)),
    };

    private static JsonObject Describe(AIFunctionDeclaration function) => new()
    {
        ["type"] = "function",
        ["function"] = new JsonObject
        {
            ["name"] = function.Name,
            ["description"] = function.Description,
            ["parameters"] = function.JsonSchema.ValueKind == JsonValueKind.Object
                ? JsonObject.Create(function.JsonSchema)
                : new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() },
        },
    };
}
