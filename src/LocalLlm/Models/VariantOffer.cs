namespace LocalLlm.Models;

/// <summary>A variant to choose from, and the candidate that stands for it.</summary>
/// <param name="Variant">The files: those of the variant, or those that it is made of.</param>
/// <param name="Candidate">What is planned.</param>
/// <param name="IsExact">Whether the candidate comes from the variant's own header.</param>
internal sealed record VariantOffer(ModelVariant Variant, PresetCandidate Candidate, bool IsExact);
