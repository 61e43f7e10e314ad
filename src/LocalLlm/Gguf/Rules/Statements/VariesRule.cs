namespace LocalLlm.Gguf.Rules;

/// <summary>Where layers may differ.</summary>
internal sealed class VariesRule(string[] what) : RuleStatement
{
    public override void Run(ref RuleRun run)
    {
        run.HeadsVary |= what.Contains("heads");
        run.SizesVary |= what.Contains("sizes");
        run.ExpertsVary |= what.Contains("experts");
    }
}
