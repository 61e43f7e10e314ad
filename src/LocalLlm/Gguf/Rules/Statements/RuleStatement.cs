namespace LocalLlm.Gguf.Rules;

/// <summary>One line of an architecture's rules, or a block of them.</summary>
internal abstract class RuleStatement
{
    public abstract void Run(ref RuleRun run);

    public static void RunAll(RuleStatement[] statements, ref RuleRun run)
    {
        foreach (RuleStatement statement in statements)
        {
            statement.Run(ref run);
        }
    }
}
