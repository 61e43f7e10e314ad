using System.Text.Json;
using System.Text.Json.Nodes;
using LocalLlm.Chat;
using LocalLlm.Chat.Replies;
using LocalLlm.Chat.Templating;
using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm;

/// <summary>Turns messages into the prompt that a model was trained on, by the model's own Jinja template. Usable from any thread.</summary>
/// <remarks>
/// A template is read once, at its first use. Where it has no system message (it refuses or leaves out one), the text of the
/// first system message is put before the first user message's. Content is given to it as a list of parts, and the arguments of
/// calls as text, where it takes nothing else.
/// </remarks>
public sealed class ChatTemplate
{
    private const string ToolUse = "tool_use";
    private const string ChatMl =
        "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}" +
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private static readonly string[] OwnVariables = ["messages", "tools", "add_generation_prompt"];

    private readonly string? _source;
    private readonly IReadOnlyDictionary<string, string> _variants;
    private readonly SpecialTexts _texts;
    private readonly Recent<string, ReadTemplate> _read = new(capacity: 8);

    private ChatTemplate(string? source, IReadOnlyDictionary<string, string> variants, SpecialTexts texts) =>
        (_source, _variants, _texts) = (source, variants, texts);

    /// <summary>A template of one's own. <c>bos_token</c> and its like are empty, unless the variables name them.</summary>
    /// <param name="source">The template, in Jinja.</param>
    /// <exception cref="ChatTemplateException">It is not valid.</exception>
    public static ChatTemplate Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        ChatTemplate template = new(source, new Dictionary<string, string>(), SpecialTexts.None);
        template.Read(source);
        return template;
    }

    /// <summary>The template of a model, with its named variants; ChatML for a model that has none.</summary>
    /// <param name="file">The model's file. It is read now, and may be disposed then.</param>
    public static ChatTemplate Of(GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        ModelTemplates templates = ModelTemplates.Of(file.Metadata);
        return new ChatTemplate(templates.Default, templates.Variants, SpecialTexts.Of(file.Metadata));
    }

    internal static ChatTemplate Of(ModelInfo model, Vocabulary vocabulary) => new(model.ChatTemplate, model.ChatTemplateVariants, SpecialTexts.Of(vocabulary));

    /// <summary>The prompt for a conversation.</summary>
    /// <param name="messages">The conversation, oldest message first.</param>
    /// <param name="options">Its instructions, its tools and, in <see cref="LocalChatOptions"/>, what the template is given; null for the defaults.</param>
    /// <exception cref="ChatTemplateException">The template is not valid, or can't be applied to these messages.</exception>
    /// <exception cref="NotSupportedException">A message holds content that would be lost.</exception>
    /// <exception cref="ArgumentException">The options name a template that the model does not have, or a variable of the template's own.</exception>
    public string Render(IEnumerable<ChatMessage> messages, ChatOptions? options = null) => Render(Input(messages, options)).Text;

    /// <summary>The prompt for a conversation in the form that Hugging Face's templates take: it gets to the template as it is.</summary>
    /// <param name="messages">An array of objects, with <c>role</c>, <c>content</c> and whatever else the template takes.</param>
    /// <param name="tools">An array of tools in OpenAI's form; null: none.</param>
    /// <param name="options">What else the template is given; null for the defaults.</param>
    /// <exception cref="ChatTemplateException">The template is not valid, or can't be applied to these messages.</exception>
    /// <exception cref="ArgumentException">Messages or tools are not of that form, or the options as for the other overload.</exception>
    public string Render(JsonElement messages, JsonElement? tools = null, TemplateOptions? options = null) => Render(Input(messages, tools, options)).Text;

    /// <summary>Copies what a call gives a template: what comes after may run on another thread.</summary>
    internal TemplateInput Input(IEnumerable<ChatMessage> messages, ChatOptions? options) =>
        Input(TemplateMessages.From(messages, options), TemplateTools.From(options), (options as LocalChatOptions)?.TemplateOptions, options?.Reasoning?.Effort);

    internal TemplateInput Input(JsonElement messages, JsonElement? tools, TemplateOptions? options) =>
        Input(TemplateMessages.From(messages), TemplateTools.From(tools), options);

    internal Rendering Render(TemplateInput input, CancellationToken cancellationToken = default) => Read(input.Source).Render(input, cancellationToken);

    /// <summary>How the model of the template writes its replies.</summary>
    internal ReplyFormat FormatOf(TemplateInput input) => Read(input.Source).ReplyFormat;

    private TemplateInput Input(IReadOnlyList<DictValue> messages, TemplateValue? tools, TemplateOptions? options, ReasoningEffort? effort = null)
    {
        options ??= new TemplateOptions();
        string source = SourceFor(options, tools is not null);
        Dictionary<string, TemplateValue> variables = new(_texts.Variables)
        {
            ["add_generation_prompt"] = options.AddGenerationPrompt,
        };
        foreach ((string name, TemplateValue value) in ReasoningVariables.Of(effort, source))
        {
            variables[name] = value;
        }

        foreach ((string name, JsonNode? value) in options.Variables ?? new Dictionary<string, JsonNode?>())
        {
            variables[name] = OwnVariables.Contains(name)
                ? throw new ArgumentException($"The variable {name} is the template's own: it can't be given.", nameof(options))
                : TemplateValue.From(value, isContent: true);
        }

        return new TemplateInput(source, messages, tools, variables, options.Now);
    }

    private string SourceFor(TemplateOptions options, bool hasTools)
    {
        if (options.Template is { } given)
        {
            return given;
        }

        if (options.Name is { } name && name != "default")
        {
            return _variants.TryGetValue(name, out string? named)
                ? named
                : throw new ArgumentException($"The model has no chat template named {name}. It has {string.Join(", ", _variants.Keys.Prepend("default"))}.", nameof(options));
        }

        return hasTools && options.Name is null && _variants.TryGetValue(ToolUse, out string? forTools) ? forTools : _source ?? ChatMl;
    }

    private ReadTemplate Read(string source) => _read.GetOrAdd(source, static s => new ReadTemplate(s));
}
