using LocalLlm.Chat.Replies;
using LocalLlm.Chat.Templating;

namespace LocalLlm.Chat;

/// <summary>A template that was read, and what it takes.</summary>
internal sealed class ReadTemplate
{
    private readonly Template _template;
    private readonly Lazy<TemplateHabits> _habits;
    private readonly Lazy<ReplyFormat> _replyFormat;

    /// <exception cref="ChatTemplateException">It is not valid.</exception>
    internal ReadTemplate(string source)
    {
        _template = Template.Compile(source);
        _habits = new Lazy<TemplateHabits>(() => new TemplateHabits(_template));
        _replyFormat = new Lazy<ReplyFormat>(() => ReplyFormat.Of(source));
    }

    /// <summary>How the model of the template writes its replies.</summary>
    internal ReplyFormat ReplyFormat => _replyFormat.Value;

    /// <exception cref="ChatTemplateException">It can't be applied to the messages.</exception>
    internal Rendering Render(TemplateInput input, CancellationToken cancellationToken)
    {
        Dictionary<string, TemplateValue> variables = new(input.Variables)
        {
            ["messages"] = _habits.Value.Adapt(input.Messages),
            ["tools"] = input.Tools ?? _habits.Value.NoTools,
        };
        return _template.Render(new TemplateContext(variables, input.Now), cancellationToken);
    }
}
