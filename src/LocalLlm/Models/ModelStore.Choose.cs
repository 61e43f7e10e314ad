using LocalLlm.Hardware;
using LocalLlm.Models;

namespace LocalLlm;

/// <content>Choosing a variant for a machine, and getting it.</content>
public sealed partial class ModelStore
{
    /// <summary>
    /// Chooses, for a machine, among the variants that a reference stands for; among those that could be made of it where it
    /// has none that is quantized, or none that satisfies the preset. Only headers are read; nothing is downloaded or made.
    /// </summary>
    /// <param name="reference">What is meant.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="options">What is wanted; null for the defaults.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="ModelNotFoundException">There is no such model or variant, nothing to make one of, or a folder holds several models.</exception>
    /// <exception cref="NotEnoughMemoryException">No variant can run on the machine: it says by how much.</exception>
    /// <exception cref="DownloadException">The hub or server can't be reached or refuses.</exception>
    /// <exception cref="GgufFormatException">A header can't be read, or is refused.</exception>
    /// <exception cref="QuantizationException">What is wanted can't be made.</exception>
    /// <exception cref="ArgumentException">An option is not valid.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task<ModelChoice> ChooseAsync(ModelReference reference, HardwareProfile machine, PresetOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(machine);
        options ??= new PresetOptions();
        options.Validate();
        return WithTokenAsync(
            async () =>
            {
                using VariantChooser chooser = new(this, machine, options);
                return await chooser.ChooseAsync(reference, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);
    }

    /// <summary>Gets what was chosen: downloads it and makes the variant, where that was not done before.</summary>
    /// <param name="choice">What <see cref="ChooseAsync"/> returned.</param>
    /// <param name="progress">Is told stage by stage; null: nobody.</param>
    /// <param name="cancellationToken">Stops it. What was downloaded stays for the next time.</param>
    /// <returns>The path of the file, or of the first part.</returns>
    /// <exception cref="ModelNotFoundException">It is not where it was, or not in the cache, offline.</exception>
    /// <exception cref="DownloadException">The download failed.</exception>
    /// <exception cref="QuantizationException">The variant can't be made.</exception>
    /// <exception cref="IOException">Reading or writing failed, or the disk has too little room.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task<string> GetAsync(ModelChoice choice, IProgress<LoadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(choice);
        return WithTokenAsync(
            async () =>
            {
                ModelVariant variant = choice.Variant;
                long needed = variant.Bytes + choice.Preset.Chosen.Candidate.Bytes;
                if (choice.Made is not null && variant.LocalPath is null && DiskSpace.FreeBytes(CacheDirectory) is { } free && free < needed)
                {
                    throw new IOException($"{variant} and the {choice.Made} that is made of it need {ByteSize.Short(needed)}, and the disk of {CacheDirectory} has {ByteSize.Short(free)} free.");
                }

                string path = await GetAsync(variant, progress, cancellationToken).ConfigureAwait(false);
                return choice.Made is { } type
                    ? await _made.GetAsync(variant with { LocalPath = path }, type, progress, cancellationToken).ConfigureAwait(false)
                    : path;
            },
            cancellationToken);
    }

    /// <summary>Pulls a variant that is not here.</summary>
    internal Task<string> GetAsync(ModelVariant variant, IProgress<LoadProgress>? progress, CancellationToken cancellationToken) =>
        PullAsync(variant, progress is null || variant.LocalPath is not null ? null : new DownloadStage(progress), cancellationToken);

    private sealed class DownloadStage(IProgress<LoadProgress> receiver) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => receiver.Report(
            new LoadProgress(value.TotalBytes == 0 ? 1 : (double)value.Bytes / value.TotalBytes) { Stage = LoadStage.Downloading, Download = value });
    }
}
