namespace LocalLlm.Tests.Models;

/// <summary>Real variants of the guide model, made once for all tests.</summary>
internal static class Variants
{
    private static readonly Lazy<string> Folder = new(() =>
    {
        string folder = Directory.CreateTempSubdirectory("localllm-variants-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        foreach (ModelFileType type in (ModelFileType[])[ModelFileType.Q8_0, ModelFileType.Q4_K_M])
        {
            ModelQuantizer.QuantizeAsync(GuideModel.Path, Path.Combine(folder, $"guide-{type}.gguf"), QuantizationPreset.Of(type)).GetAwaiter().GetResult();
        }

        File.Copy(GuideModel.Path, Path.Combine(folder, "guide-F16.gguf"));
        return folder;
    });

    /// <summary>The path of one.</summary>
    public static string PathOf(ModelFileType type) => Path.Combine(Folder.Value, $"guide-{type}.gguf");

    /// <summary>The bytes of one.</summary>
    public static byte[] BytesOf(ModelFileType type) => File.ReadAllBytes(PathOf(type));

    /// <summary>Copies some into a folder.</summary>
    public static void CopyTo(string folder, params ModelFileType[] types)
    {
        Directory.CreateDirectory(folder);
        foreach (ModelFileType type in types)
        {
            File.Copy(PathOf(type), Path.Combine(folder, Path.GetFileName(PathOf(type))));
        }
    }
}
