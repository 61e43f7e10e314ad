namespace LocalLlm.Gguf.Rules;

/// <summary>Only the first layers have keys and values of their own.</summary>
internal sealed class KvReuseRule(Expression count) : RuleStatement
{
    public override void Run(ref RuleRun run)
    {
        run.TryEvaluate(count, out long value);
        run.OwnKvLayers = value;
    }
}
