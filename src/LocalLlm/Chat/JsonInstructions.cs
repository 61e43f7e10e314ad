using System.Text;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>What the model is told of the JSON that its answer must be: the grammar forces the form, this says what is meant.</summary>
internal static class JsonInstructions
{
    /// <summary>The instructions for a response format; null where the answer may be any text.</summary>
    internal static string? Of(ChatOptions? options)
    {
        if (options?.ResponseFormat is not ChatResponseFormatJson format)
        {
            return null;
        }

        StringBuilder text = new();
        text.Append(ToolChoice.Of(options) is null ? "Answer" : "When you do not call a function, answer").Append(" with JSON only");
        if (format.Schema is not { } schema)
        {
            return text.Append(": one object.").ToString();
        }

        if (!string.IsNullOrWhiteSpace(format.SchemaDescription))
        {
            text.Append(": ").Append(format.SchemaDescription.Trim().TrimEnd('.'));
        }

        return text.Append(". It must be valid under this JSON schema:\n").Append(schema.GetRawText()).ToString();
    }
}
