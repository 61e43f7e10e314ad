namespace LocalLlm;

/// <summary>The guide model, carried by this package: a chat model of 6 million parameters for first steps, samples and tests.</summary>
public static class GuideModel
{
    internal static readonly EmbeddedModel Embedded = new(
        "guide-f16.gguf", "582ea6cb89192bf55ce01f058e7aa91e22a939a2f91d88f9c8c2af88d8a3681f");

    private static readonly Lock Extracting = new();
    private static string? _path;

    /// <summary>The full path of the model's GGUF file, made on first use.</summary>
    /// <remarks>
    /// The file stands in the folder named by LOCALLLM_CACHE, else in <c>localllm</c> in the user's cache folder, else, where neither can be
    /// written, in a folder for temporary files. Its SHA-256 is checked once per process and a damaged file is replaced. Safe to call from
    /// several threads and processes at once.
    /// </remarks>
    /// <exception cref="IOException">None of the folders can be written.</exception>
    public static string Path
    {
        get
        {
            lock (Extracting)
            {
                if (_path is null || !File.Exists(_path))
                {
                    _path = Embedded.Extract(CacheFolders.Of(Environment.GetEnvironmentVariable));
                }
                return _path;
            }
        }
    }
}
