namespace LocalLlm.Gguf.Rules;

/// <summary>Some layers do.</summary>
internal sealed class HybridRule(Expression isRecurrent) : RuleStatement
{
    public override void Run(ref RuleRun run)
    {
        bool[] layers = new bool[run.Model.LayerCountAll];
        for (int i = 0; i < run.Model.LayerCount; i++)
        {
            run.Layer = i;
            layers[i] = run.TryEvaluate(isRecurrent, out long value) && value != 0;
        }

        run.Layer = 0;
        run.IsRecurrent = layers;
    }
}
