namespace LocalLlm.Models;

/// <summary>Finds the variant that a label or a file's name means.</summary>
internal static class VariantPick
{
    public static bool Has(IEnumerable<ModelVariant> variants, string asked) => Has(variants.Select(variant => (variant.Name, variant.Label)), asked);

    public static bool Has(IEnumerable<(string Name, string? Label)> variants, string asked) => Matching([.. variants], asked, variant => variant).Count > 0;

    /// <summary>The one variant that is meant.</summary>
    /// <param name="variants">Those that there are.</param>
    /// <param name="asked">A label, or a file's name with or without its folder.</param>
    /// <param name="owner">Whose variants they are, for the message.</param>
    /// <exception cref="ModelNotFoundException">None is, or several are; the message lists them.</exception>
    public static ModelVariant One(IReadOnlyList<ModelVariant> variants, string asked, string owner)
    {
        IReadOnlyList<ModelVariant> found = Matching(variants, asked, variant => (variant.Name, variant.Label));
        return found switch
        {
            [var one] => one,
            [] => throw new ModelNotFoundException(asked, $"{owner} has no variant '{asked}'. It has {string.Join(", ", variants)}."),
            _ => throw new ModelNotFoundException(asked, $"{owner} has several variants '{asked}': name the file of one of them. They are {string.Join(", ", found.Select(variant => variant.Name))}."),
        };
    }

    // What is meant exactly goes before what may be meant.
    private static IReadOnlyList<T> Matching<T>(IReadOnlyList<T> variants, string asked, Func<T, (string Name, string? Label)> what)
    {
        Func<(string Name, string? Label), bool>[] rules =
        [
            variant => variant.Name == asked,
            variant => string.Equals(variant.Name, asked, StringComparison.OrdinalIgnoreCase),
            variant => string.Equals(variant.Name[(variant.Name.LastIndexOf('/') + 1)..], asked, StringComparison.OrdinalIgnoreCase),
            variant => VariantLabel.IsSame(variant.Label, asked),
            variant => VariantLabel.IsSameButDynamic(variant.Label, asked),
        ];
        return rules.Select(rule => (IReadOnlyList<T>)[.. variants.Where(variant => rule(what(variant)))]).FirstOrDefault(found => found.Count > 0) ?? [];
    }
}
