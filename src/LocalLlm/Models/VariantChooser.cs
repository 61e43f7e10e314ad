using LocalLlm.Quantization;

namespace LocalLlm.Models;

/// <summary>
/// Chooses among the variants of a reference. Of a repository one header is read; the other files are planned by their types and
/// sizes, until the one that is chosen is confirmed by its own header.
/// </summary>
internal sealed class VariantChooser(ModelStore store, HardwareProfile machine, PresetOptions options) : IDisposable
{
    /// <summary>What is made of a model of 16 bits: one type of each number of bits.</summary>
    private static readonly ModelFileType[] Ladder =
        [ModelFileType.Q8_0, ModelFileType.Q6_K, ModelFileType.Q5_K_M, ModelFileType.Q4_K_M, ModelFileType.Q3_K_M, ModelFileType.Q2_K];

    private readonly Dictionary<ModelVariant, GgufFile> _headers = [];
    private string? _model;

    /// <summary>Chooses.</summary>
    /// <exception cref="ModelNotFoundException">There are no variants, several models, or nothing that the preset can be made of.</exception>
    /// <exception cref="NotEnoughMemoryException">No variant can run on the machine.</exception>
    public async Task<ModelChoice> ChooseAsync(ModelReference reference, CancellationToken cancellationToken)
    {
        IReadOnlyList<ModelVariant> variants = await store.FindAsync(reference, cancellationToken).ConfigureAwait(false);
        List<VariantOffer> offers = await OffersAsync(reference, variants, cancellationToken).ConfigureAwait(false);
        await AddMadeAsync(offers, reference, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            PresetChoice choice = PresetSelector.Choose([.. offers.Select(offer => offer.Candidate)], machine, options);
            int index = offers.FindIndex(offer => ReferenceEquals(offer.Candidate, choice.Chosen.Candidate));
            VariantOffer chosen = offers[index];
            if (chosen.IsExact)
            {
                return new ModelChoice { Variant = chosen.Variant, Made = chosen.Candidate.IsMade ? chosen.Candidate.FileType : null, Preset = choice };
            }

            offers[index] = await ExactAsync(chosen.Variant, reference, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        foreach (GgufFile header in _headers.Values)
        {
            header.Dispose();
        }
    }

    private async Task<List<VariantOffer>> OffersAsync(ModelReference reference, IReadOnlyList<ModelVariant> variants, CancellationToken cancellationToken)
    {
        List<VariantOffer> offers = [];
        List<string> others = [];
        GgufFile? sibling = null;
        // Those that are here, and those whose names say nothing, by their own headers. One must be read anyhow.
        foreach (ModelVariant variant in variants.OrderBy(variant => variant.LocalPath is null ? variant.Bytes : 0))
        {
            if (sibling is not null && variant.LocalPath is null && TypeOf(variant) is { } type)
            {
                offers.Add(new VariantOffer(variant, PresetCandidate.Like(variant.Name, type, variant.Bytes, sibling), IsExact: false));
            }
            else if (await WhyNotAsync(variant, isOnly: variants.Count == 1, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                others.Add($"{variant.Name} ({reason})");
            }
            else
            {
                offers.Add(await ExactAsync(variant, reference, cancellationToken).ConfigureAwait(false));
                sibling = _headers[variant];
            }
        }

        return offers.Count > 0 ? offers : throw new ModelNotFoundException(reference.ToString(), $"{reference} has no model: {string.Join(", ", others)}.");
    }

    /// <summary>Why a file is no model; null: it is one. The fault of the only one is thrown.</summary>
    private async Task<string?> WhyNotAsync(ModelVariant variant, bool isOnly, CancellationToken cancellationToken)
    {
        try
        {
            GgufFile header = await HeaderAsync(variant, cancellationToken).ConfigureAwait(false);
            if (LocalModels.WhyNot(header) is { } reason)
            {
                _headers.Remove(variant);
                header.Dispose();
                return reason;
            }

            header.ThrowIfRefused();
            return null;
        }
        catch (GgufFormatException e) when (!isOnly)
        {
            if (_headers.Remove(variant, out GgufFile? header))
            {
                header.Dispose();
            }

            return e.Message;
        }
    }

    /// <summary>Adds what could be made, where nothing that is there will do: of the best file that is not quantized.</summary>
    private async Task AddMadeAsync(List<VariantOffer> offers, ModelReference reference, CancellationToken cancellationToken)
    {
        QuantizationPreset preset = options.Preset;
        bool isOffered = preset == QuantizationPreset.Auto
            ? offers.Exists(offer => offer.Candidate.FileType is not { } type || IsQuantized(type))
            : offers.Exists(offer => offer.Candidate.FileType is { } type && preset.IsSatisfiedBy(type));
        if (isOffered)
        {
            return;
        }

        VariantOffer? source = offers.Where(offer => offer.Candidate.FileType is { } type && !IsQuantized(type)).MinBy(offer => offer.Candidate.Rank);
        if (source is null)
        {
            throw new ModelNotFoundException(
                reference.ToString(),
                $"{reference} has no {preset}, and no variant of 16 bits to make it of. It has {string.Join(", ", offers.Select(offer => $"{offer.Candidate.FileType?.ToString() ?? "a type that is not known"} ({offer.Variant.Name})"))}.");
        }

        source = source.IsExact ? source : await ExactAsync(source.Variant, reference, cancellationToken).ConfigureAwait(false);
        GgufFile header = _headers[source.Variant];
        if (preset.FileType is { } wanted)
        {
            VariantLayout layout = VariantLayout.Of(header, wanted);
            layout.Refuse(new QuantizationOptions());
            offers.Add(new VariantOffer(source.Variant, PresetCandidate.Made(header, layout), IsExact: true));
            return;
        }

        offers.AddRange(Ladder
            .Select(type => PresetCandidate.Made(header, type))
            .Where(made => made.Bytes < source.Candidate.Bytes)
            .Select(made => new VariantOffer(source.Variant, made, IsExact: true)));
    }

    private async Task<VariantOffer> ExactAsync(ModelVariant variant, ModelReference reference, CancellationToken cancellationToken)
    {
        GgufFile header = await HeaderAsync(variant, cancellationToken).ConfigureAwait(false);
        RefuseAnotherModel(header, reference);
        return new VariantOffer(variant, PresetCandidate.Of(header, TypeOf(variant)) with { Name = variant.Name }, IsExact: true);
    }

    private async Task<GgufFile> HeaderAsync(ModelVariant variant, CancellationToken cancellationToken)
    {
        if (!_headers.TryGetValue(variant, out GgufFile? header))
        {
            header = await store.OpenHeaderAsync(variant, cancellationToken).ConfigureAwait(false);
            _headers.Add(variant, header);
        }

        return header;
    }

    // A folder may hold models that have nothing to do with each other.
    private void RefuseAnotherModel(GgufFile header, ModelReference reference)
    {
        _model ??= Describe(header);
        if (Describe(header) != _model)
        {
            throw new ModelNotFoundException(
                reference.ToString(),
                $"{reference} holds several models. Name one of the files: {string.Join(", ", _headers.Keys.Select(variant => variant.Name).Order(StringComparer.Ordinal))}.");
        }
    }

    private static string Describe(GgufFile header)
    {
        GgufSummary summary = header.Summarize();
        header.Metadata.TryGetInteger($"{summary.Architecture}.embedding_length", out long width);
        return $"{summary.Architecture} {summary.BlockCount} {width} {summary.VocabularySize}";
    }

    // A label says more than a header, where both say something: files of mixed types call themselves by the nearest one.
    private static ModelFileType? TypeOf(ModelVariant variant) => variant.Label is { } label ? ModelFileTypeExtensions.FromLabel(label) : null;

    private static bool IsQuantized(ModelFileType type) => !QuantizationPreset.F16.IsSatisfiedBy(type);
}
