namespace LocalLlm.Cli;

/// <summary>A plan for a person. Names in it come out of files.</summary>
internal static class PlanText
{
    internal static string Of(OffloadPlan plan) => string.Join(Environment.NewLine, plan.ToString().Split('\n').Select(Plain.Of));
}
