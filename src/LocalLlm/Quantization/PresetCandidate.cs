using LocalLlm.Planning;
using LocalLlm.Quantization;

namespace LocalLlm;

/// <summary>A variant of a model that could be taken.</summary>
public sealed record PresetCandidate
{
    private PresetCandidate(string name, ModelFileType? fileType, long bytes, bool isMade, ModelFootprint footprint, double bitsPerWeight)
    {
        Name = name;
        FileType = fileType;
        Bytes = bytes;
        IsMade = isMade;
        Footprint = footprint;
        BitsPerWeight = bitsPerWeight;
    }

    /// <summary>What it is called: the file's name, or the type to be made.</summary>
    public string Name { get; init; }

    /// <summary>Its type; null where the file says none that the pinned release knows.</summary>
    public ModelFileType? FileType { get; }

    /// <summary>Bytes of its file, or of all parts.</summary>
    public long Bytes { get; }

    /// <summary>Mean bits of a weight.</summary>
    public double BitsPerWeight { get; }

    /// <summary>Whether it would have to be made first.</summary>
    public bool IsMade { get; }

    /// <summary>What a plan is made of.</summary>
    internal ModelFootprint Footprint { get; }

    /// <summary>How good it is among file types, 0 for the best; one of no known type stands with those of as many bits.</summary>
    internal int Rank => FileType is { } type
        ? FileTypeTraits.Of(type).Rank
        : FileTypeTraits.All.FirstOrDefault(traits => traits.BitsPerWeight <= BitsPerWeight, FileTypeTraits.All[^1]).Rank;

    /// <summary>A model as it is.</summary>
    /// <param name="model">Its header.</param>
    /// <param name="fileType">Its type, where that is known better than by the header. Null (default): the header's.</param>
    /// <exception cref="GgufFormatException">The header is refused, or does not describe a model that can be planned.</exception>
    public static PresetCandidate Of(GgufFile model, ModelFileType? fileType = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ModelFootprint footprint = ModelFootprint.Of(model);
        long bytes = model.FileLength ?? footprint.Tensors.Sum(tensor => tensor.Bytes);
        return new PresetCandidate(
            Path.GetFileName(model.Location), fileType ?? ModelFileTypeExtensions.FileTypeOf(model), bytes, isMade: false, footprint, BitsOf(model, footprint));
    }

    /// <summary>A variant that would be made of a model, exact to the byte.</summary>
    /// <param name="source">The model's header.</param>
    /// <param name="fileType">What would be made.</param>
    /// <exception cref="GgufFormatException">The header is refused, or does not describe a model that can be planned.</exception>
    /// <exception cref="QuantizationException">llama.cpp's quantizer can't make it.</exception>
    public static PresetCandidate Made(GgufFile source, ModelFileType fileType)
    {
        ArgumentNullException.ThrowIfNull(source);
        ModelFootprint original = ModelFootprint.Of(source);
        return Made(source, original, VariantLayout.Of(source, fileType));
    }

    /// <summary>A variant that would be made, of which the layout is known.</summary>
    internal static PresetCandidate Made(GgufFile source, VariantLayout layout) => Made(source, ModelFootprint.Of(source), layout);

    private static PresetCandidate Made(GgufFile source, ModelFootprint original, VariantLayout layout)
    {
        ModelFootprint footprint = layout.Retype(original);
        return new PresetCandidate(layout.FileType.ToString(), layout.FileType, layout.FileBytes, isMade: true, footprint, BitsOf(source, footprint));
    }

    /// <summary>A file of which only type and size are known, planned by the header of another variant of the same model.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="fileType">Its type.</param>
    /// <param name="bytes">Bytes of its file, or of all parts.</param>
    /// <param name="sibling">The other variant's header.</param>
    /// <exception cref="GgufFormatException">The header is refused, or does not describe a model that can be planned.</exception>
    /// <exception cref="QuantizationException">There are no rules for tensors of that type.</exception>
    public static PresetCandidate Like(string name, ModelFileType fileType, long bytes, GgufFile sibling)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        ArgumentNullException.ThrowIfNull(sibling);
        // Types that are only converted have about the bits of the nearest one that is made.
        ModelFileType made = FileTypeTraits.Of(fileType).Tensors is null ? ModelFileType.Q4_0 : fileType;
        ModelFootprint original = ModelFootprint.Of(sibling);
        VariantLayout layout = VariantLayout.Of(sibling, made);
        ModelFootprint footprint = layout.Retype(original).WithWeightsTimes((double)bytes / layout.FileBytes);
        return new PresetCandidate(name, fileType, bytes, isMade: false, footprint, BitsOf(sibling, footprint));
    }

    /// <summary>Plans it for a machine, by bounds: llama.cpp can't be asked about what may not exist yet.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="options">What is wanted; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option does not fit the model or the machine.</exception>
    /// <exception cref="NotEnoughMemoryException">What must be in RAM does not fit, or an explicit placement is over a budget.</exception>
    public OffloadPlan Plan(HardwareProfile machine, PlanOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(machine);
        return OffloadPlanner.Plan(Footprint, machine, options ?? new PlanOptions());
    }

    private static double BitsOf(GgufFile model, ModelFootprint footprint)
    {
        long weights = model.Tensors.Sum(tensor => Math.Max(0, tensor.ElementCount));
        return weights == 0 ? 0 : footprint.Tensors.Sum(tensor => tensor.Bytes) * 8.0 / weights;
    }
}
