using LocalLlm.Hardware;
using LocalLlm.Quantization;

namespace LocalLlm;

/// <summary>Makes variants of a model with fewer bits per weight.</summary>
/// <remarks>
/// The file is the one that llama.cpp's own quantizer makes, byte for byte: the same rules choose the tensors' types, the same
/// native functions quantize their rows. What is ours is the loop, so that progress is exact and cancelling takes effect at
/// once. Types that need an importance matrix are refused.
/// </remarks>
public static class ModelQuantizer
{
    /// <summary>Makes a variant. It appears under its name only when it is complete and on disk.</summary>
    /// <param name="source">The model; of a split one any part.</param>
    /// <param name="destination">The variant's path, whose folder exists.</param>
    /// <param name="preset">What to make; anything but <see cref="QuantizationPreset.Auto"/>.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Is told how far it has come, on the working thread. What it throws stops the work.</param>
    /// <param name="cancellationToken">Stops the work and leaves nothing behind.</param>
    /// <exception cref="ArgumentException">The preset is Auto, both paths are one, or an option is out of its range.</exception>
    /// <exception cref="ModelNotFoundException">There is no such model.</exception>
    /// <exception cref="GgufFormatException">It is damaged, or its weights are no numbers.</exception>
    /// <exception cref="QuantizationException">The variant would be larger, quantize what is quantized already, or can't be made.</exception>
    /// <exception cref="IOException">The disk has too little room, the file exists, or reading or writing failed.</exception>
    /// <exception cref="NativeLibraryException">llama.cpp's libraries are missing or do not load.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Task<QuantizationResult> QuantizeAsync(
        string source,
        string destination,
        QuantizationPreset preset,
        QuantizationOptions? options = null,
        IProgress<QuantizationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        options ??= new QuantizationOptions();
        options.Validate();
        ModelFileType fileType = preset.FileType ?? throw new ArgumentException("Auto is a choice among variants, not one to make: name a preset or a file type.", nameof(preset));
        if (Path.GetFullPath(source) == Path.GetFullPath(destination))
        {
            throw new ArgumentException("A variant can't take the place of the model that it is made of.", nameof(destination));
        }

        return Task.Factory.StartNew(
            () => Quantize(source, Path.GetFullPath(destination), fileType, options, progress, cancellationToken),
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    /// <summary>Bytes that a variant's file would have, to the byte, from the header alone.</summary>
    /// <param name="model">The model that it would be made of.</param>
    /// <param name="fileType">The variant.</param>
    /// <exception cref="GgufFormatException">The header does not describe a model.</exception>
    /// <exception cref="QuantizationException">llama.cpp's quantizer can't make it.</exception>
    public static long PredictBytes(GgufFile model, ModelFileType fileType)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.ThrowIfDamaged();
        return VariantLayout.Of(model, fileType).FileBytes;
    }

    private static QuantizationResult Quantize(
        string source, string destination, ModelFileType fileType, QuantizationOptions options, IProgress<QuantizationProgress>? progress, CancellationToken cancellationToken)
    {
        using GgufFile model = GgufFile.Open(source);
        model.ThrowIfRefused();
        VariantLayout layout = VariantLayout.Of(model, fileType);
        layout.Refuse(options);
        long bytes = layout.FileBytes;
        if (DiskSpace.FreeBytes(Path.GetDirectoryName(destination)!) is { } free && free < bytes)
        {
            throw new IOException($"{destination} needs {ByteSize.Short(bytes)}, and its disk has {ByteSize.Short(free)} free.");
        }

        NativeRuntime.Load();
        try
        {
            Write(model, layout, destination, options, progress, cancellationToken);
        }
        catch (IOException e) when (DiskSpace.IsFull(e))
        {
            throw new IOException($"The disk became full while {destination} was written, of which nothing is left: it needs {ByteSize.Short(bytes)}.", e);
        }

        return new QuantizationResult(destination, fileType, model.FileLength ?? 0, bytes);
    }

    private static void Write(
        GgufFile model, VariantLayout layout, string destination, QuantizationOptions options, IProgress<QuantizationProgress>? progress, CancellationToken cancellationToken)
    {
        using GgufWriter writer = GgufWriter.Create(destination, new GgufWriterOptions { Version = 3, Overwrite = options.Overwrite });
        layout.WriteMetadata(writer.Metadata);
        for (int i = 0; i < layout.Tensors.Length; i++)
        {
            writer.AddTensor(layout.Tensors[i].Name, layout.Types[i], layout.Tensors[i].Shape);
        }

        new VariantWriter(model, layout, writer, options.Threads ?? ProcessorCores.Usable, progress).Write(cancellationToken);
        writer.Complete();
    }
}
