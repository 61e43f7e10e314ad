namespace LocalLlm.Planning;

/// <summary>What stage 1 chose, before it is held against the budgets.</summary>
/// <param name="Placement">Where everything goes.</param>
/// <param name="Settings">The context.</param>
/// <param name="Reason">Why the context has that length.</param>
/// <param name="Figures">What it takes.</param>
internal sealed record PlanDraft(Placement Placement, CacheSettings Settings, string Reason, PlacementFigures Figures);
