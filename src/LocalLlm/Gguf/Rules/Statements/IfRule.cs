namespace LocalLlm.Gguf.Rules;

/// <summary>Lines that hold under a condition only.</summary>
internal sealed class IfRule(Expression condition, RuleStatement[] yes, RuleStatement[] no) : RuleStatement
{
    public override void Run(ref RuleRun run) =>
        RunAll(run.TryEvaluate(condition, out long value) && value != 0 ? yes : no, ref run);
}
