namespace LocalLlm.Gguf.Rules;

/// <summary>How the graph rotates.</summary>
internal sealed class RopeRule(RopeKind kind) : RuleStatement
{
    public override void Run(ref RuleRun run) => run.Rope = kind;
}
