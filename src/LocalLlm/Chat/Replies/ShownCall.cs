using LocalLlm.Chat.Templating;

namespace LocalLlm.Chat.Replies;

/// <summary>A call in the conversation, to be shown to the model.</summary>
/// <param name="Name">The function.</param>
/// <param name="Arguments">Its arguments: an object, or the text of one.</param>
/// <param name="Id">The call's id; null for none.</param>
internal sealed record ShownCall(StringValue Name, TemplateValue Arguments, StringValue? Id = null)
{
    /// <summary>A call in OpenAI's form.</summary>
    internal static ShownCall From(TemplateValue call) => call is DictValue dict && dict.Find("function") is DictValue function
        ? new ShownCall(function.Find("name") as StringValue ?? StringValue.Empty, function.Find("arguments") ?? new DictValue([]), dict.Find("id") as StringValue)
        : new ShownCall(StringValue.Empty, call);

    /// <summary>The arguments in JSON.</summary>
    internal StringValue ArgumentsText => Arguments as StringValue ?? Json(Arguments);

    internal static StringValue Json(TemplateValue value) => JsonText.Of(value).AsContent();
}
