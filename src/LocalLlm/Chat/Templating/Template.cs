namespace LocalLlm.Chat.Templating;

/// <summary>A chat template in Jinja, read once and rendered any number of times, by any threads.</summary>
internal sealed class Template
{
    private readonly Block _body;

    private Template(Block body) => _body = body;

    /// <exception cref="ChatTemplateException">It is not valid.</exception>
    internal static Template Compile(string source) => new(TemplateParser.Parse(source));

    /// <exception cref="ChatTemplateException">It failed, refused the messages or took too much.</exception>
    internal Rendering Render(TemplateContext context, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Evaluation evaluation = new(context, cancellationToken);
        Evaluation? outer = Evaluation.Current;
        Evaluation.Current = evaluation;
        try
        {
            TextBuilder output = new(evaluation);
            _body.Execute(evaluation, new Scope(context.Variables), output);
            return output.ToRendering();
        }
        catch (TemplateFault fault)
        {
            throw new ChatTemplateException(fault.Message, evaluation.Position.Line, evaluation.Position.Column) { Refusal = fault.Refusal };
        }
        finally
        {
            Evaluation.Current = outer;
        }
    }
}
