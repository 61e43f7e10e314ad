namespace LocalLlm.Gguf.Rules;

/// <summary>A name for an expression.</summary>
internal sealed class LetRule(int slot, Expression value) : RuleStatement
{
    public override void Run(ref RuleRun run)
    {
        run.TryEvaluate(value, out long result);
        run.Set(slot, result);
    }
}
