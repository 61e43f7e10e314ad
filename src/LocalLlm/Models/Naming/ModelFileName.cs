namespace LocalLlm.Models;

/// <summary>Tells by name which files are models of their own.</summary>
internal static class ModelFileName
{
    private const string Extension = ".gguf";

    // Projectors of images and sound, importance matrices, adapters, vocabularies, and small models that only draft for another.
    private static readonly string[] Others = ["mmproj", "imatrix", "lora", "adapter", "ggml-vocab", "mtp-", "eagle3-", "dflash-", "dspark-"];

    public static bool IsModel(string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        return IsGguf(name) && !Others.Any(other => IsPart(name, other));
    }

    public static bool IsGguf(string name) => name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    // A model may be called Dolora.
    private static bool IsPart(string name, string word)
    {
        for (int at = 0; (at = name.IndexOf(word, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            int end = at + word.Length;
            if ((at == 0 || !char.IsAsciiLetter(name[at - 1])) && (word[^1] == '-' || !char.IsAsciiLetter(name[end])))
            {
                return true;
            }
        }

        return false;
    }
}
