namespace LocalLlm.Chat.Templating;

/// <summary>A chat template in Jinja, read once and rendered any number of times, by any threads.</summary>
internal sealed class Template
{
    private readonly Block _body;

    private Template(Block body) => _body = body;

    /// <exception cref="ChatTemplateException">It is not valid.</exception>
    internal static Template Compile(string source)
    {
        try
        {
            return new Template(Parser.Parse(source));
        }
        catch (TemplateFault fault)
        {
            throw new ChatTemplateException(fault.Message);
        }
    }

    /// <exception cref="ChatTemplateException">It failed, refused the messages or took too much.</exception>
    internal Rendering Render(TemplateContext context, CancellationToken cancellationToken = default)
    {
        Evaluation evaluation = new(context, cancellationToken);
        Evaluation? outer = Evaluation.Current;
        Evaluation.Current = evaluation;
        try
        {
            TextBuilder output = new(evaluation);
            _body.Execute(evaluation, new Scope(null) { Variables = context.Variables }, output);
            return output.ToRendering();
        }
        catch (TemplateFault fault)
        {
            throw new ChatTemplateException(fault.Message, evaluation.Position.Line, evaluation.Position.Column) { Refusal = fault.Refusal };
        }
        catch (InvalidOperationException sorting) when (sorting.InnerException is TemplateFault fault)
        {
            throw new ChatTemplateException(fault.Message, evaluation.Position.Line, evaluation.Position.Column);
        }
        catch (InsufficientExecutionStackException)
        {
            throw new ChatTemplateException("Values are nested too deep.", evaluation.Position.Line, evaluation.Position.Column);
        }
        finally
        {
            Evaluation.Current = outer;
        }
    }
}
