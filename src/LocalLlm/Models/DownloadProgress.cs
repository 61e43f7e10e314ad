namespace LocalLlm;

/// <summary>How far a download has come.</summary>
/// <param name="Bytes">Bytes of the model that are on the disk, those of earlier downloads included.</param>
/// <param name="TotalBytes">Bytes of the whole model, all its parts.</param>
/// <param name="BytesPerSecond">What came over the network in the last seconds, per second.</param>
/// <param name="TimeLeft">How long the rest takes at this rate; null while nothing comes.</param>
public sealed record DownloadProgress(long Bytes, long TotalBytes, double BytesPerSecond, TimeSpan? TimeLeft);
