namespace LocalLlm.Gguf.Rules;

/// <summary>What at least one layer must have: an input of the graph that no layer uses ends the process.</summary>
internal sealed class SomeRule(Expression condition, string text, string field) : RuleStatement
{
    public override void Run(ref RuleRun run)
    {
        bool found = run.IsRefused;
        for (int i = 0; i < run.Model.LayerCount && !found; i++)
        {
            run.Layer = i;
            found = run.TryEvaluate(condition, out long value) && value != 0;
        }

        run.Layer = 0;
        if (!found)
        {
            run.Keys.Refuse("model-inconsistent", field, $"'{run.Keys.FullName(field)}' does not fit: no layer of the model has {text}.");
        }
    }
}
