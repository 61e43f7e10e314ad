namespace LocalLlm.Gguf.Rules;

/// <summary>All layers keep a state instead of keys and values.</summary>
internal sealed class RecurrentRule : RuleStatement
{
    public override void Run(ref RuleRun run) => run.IsPurelyRecurrent = true;
}
