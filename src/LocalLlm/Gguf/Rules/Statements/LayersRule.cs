namespace LocalLlm.Gguf.Rules;

/// <summary>Lines that hold for each layer.</summary>
internal sealed class LayersRule(Expression? count, RuleStatement[] body) : RuleStatement
{
    public override void Run(ref RuleRun run)
    {
        AttentionRules.CheckOnce(ref run);
        if (run.SkipsTensors)
        {
            return;
        }

        long layers = count is null ? run.Model.LayerCount : Math.Min(count.Evaluate(ref run), Hyperparameters.MaxLayers);
        for (int i = 0; i < layers && run.Findings.HasRoom; i++)
        {
            run.Layer = i;
            RunAll(body, ref run);
        }

        run.Layer = 0;
    }
}
