using LocalLlm.Gguf;

namespace LocalLlm.Models;

/// <summary>The models that a path of this machine stands for.</summary>
internal static class LocalModels
{
    private static readonly EnumerationOptions OneLevelDown = new() { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true };

    /// <summary>A file's model, whatever it is; or a folder's, without what is no model by its header.</summary>
    /// <exception cref="ModelNotFoundException">There is nothing at the path, or no model in the folder.</exception>
    public static IReadOnlyList<ModelVariant> At(string path)
    {
        if (!Directory.Exists(path))
        {
            return [OfFile(path)];
        }

        path = Path.GetFullPath(path);
        string[] names =
        [
            .. Directory.EnumerateFiles(path, "*", OneLevelDown)
                .Select(file => Path.GetRelativePath(path, file).Replace('\\', '/'))
                .Where(ModelFileName.IsGguf),
        ];
        List<ModelVariant> variants = [];
        List<string> others = [];
        foreach (IReadOnlyList<string> set in FileSets.Of(names.Where(ModelFileName.IsModel), name => name))
        {
            if (WhyNot(Path.Combine(path, set[0])) is { } reason)
            {
                others.Add($"{set[0]} ({reason})");
            }
            else
            {
                variants.Add(Variant(path, set));
            }
        }

        if (variants.Count == 0)
        {
            string found = names.Length == 0 ? "it has no .gguf file" : $"none of its {names.Length} .gguf files is a whole model";
            string why = others.Count == 0 ? "" : $": {string.Join(", ", others.Take(8))}";
            throw new ModelNotFoundException(path, $"There is no model in the folder {path}: {found}{why}.");
        }

        return variants;
    }

    /// <summary>Why a file is no model of its own; null: it is one.</summary>
    public static string? WhyNot(string path)
    {
        try
        {
            using GgufFile file = GgufFile.Open(path);
            return WhyNot(file);
        }
        catch (Exception e) when (e is GgufFormatException or IOException or UnauthorizedAccessException or ModelNotFoundException)
        {
            return e.Message;
        }
    }

    /// <summary>Why an open file is no model of its own; null: it is one.</summary>
    public static string? WhyNot(GgufFile file)
    {
        string type = file.Metadata.TryGetString(GgufKeys.Type, out string? told) ? told : "model";
        return file.Architecture == "clip" ? "a projector of images or sound"
            : type != "model" ? $"of the type {HubNames.Printable(type)}"
            : file.Tensors.Count == 0 ? "only a vocabulary"
            : null;
    }

    private static ModelVariant OfFile(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        string name = Path.GetFileName(path);
        IReadOnlyList<string> names = SplitName.TryParse(name, out SplitName split) && split.Count > 1
            ? [.. Enumerable.Range(0, split.Count).Select(split.Of)]
            : [name];
        string[] missing = [.. names.Where(part => !File.Exists(Path.Combine(folder, part)))];

        // One that is only called like a part may be whole.
        names = missing.Length > 0 ? [name] : names;
        return missing.Contains(name)
            ? throw new ModelNotFoundException(path, $"There is no file or folder {Path.Combine(folder, name)}.")
            : Variant(folder, names) with { Reference = ModelReference.OfPath(path) };
    }

    /// <summary>The model of files that are there.</summary>
    public static ModelVariant Variant(string folder, IReadOnlyList<string> names)
    {
        string first = Path.Combine(folder, names[0]);
        return new ModelVariant
        {
            Reference = ModelReference.OfPath(first),
            Label = VariantLabel.Of(names[0]),
            Files = [.. names.Select(name => new ModelFile { Name = name, Bytes = LinkedFile.Resolve(new FileInfo(Path.Combine(folder, name))).Length })],
            LocalPath = first,
        };
    }
}
