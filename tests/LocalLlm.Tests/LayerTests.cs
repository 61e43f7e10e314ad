using System.Reflection;
using System.Text.RegularExpressions;

namespace LocalLlm.Tests;

/// <summary>A folder of src/LocalLlm is a layer; a layer may use any lower one and never a higher one.</summary>
public sealed partial class LayerTests
{
    // Lowest first. Native and Gguf stand side by side, the facade is the project's own folder.
    private static readonly string[][] Layers =
        [["Errors"], ["Native", "Gguf"], ["Hardware"], ["Planning"], ["Quantization"], ["Models"], ["Inference"], ["Evaluation"], ["Chat"], [""]];

    private static readonly string Source = RepositoryFolder.File("src/LocalLlm");

    private static readonly Dictionary<string, string> FolderOf = SourceFiles()
        .SelectMany(f => TypeDeclaration().Matches(Code(f)).Select(m => (Type: m.Groups[1].Value, Folder: Folder(f))))
        .DistinctBy(t => t.Type)
        .ToDictionary(t => t.Type, t => t.Folder);

    [Fact]
    public void Every_folder_is_a_known_layer() =>
        Assert.All(SourceFiles(), f => Assert.Contains(Folder(f), Layers.SelectMany(l => l)));

    [Fact]
    public void No_source_file_names_a_type_of_a_higher_layer()
    {
        string[] violations = [.. from file in SourceFiles()
                                  from word in Word().Matches(Code(file)).Select(m => m.Value).Except(Member().Matches(Code(file)).Select(m => m.Groups[1].Value))
                                  where FolderOf.TryGetValue(word, out string? used) && !MayUse(Folder(file), used)
                                  select $"{Path.GetRelativePath(Source, file)} names {word}"];

        Assert.Empty(violations);
    }

    [Fact]
    public void No_compiled_type_has_a_member_of_a_higher_layer()
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        string[] violations = [.. from type in typeof(LocalModel).Assembly.GetTypes()
                                  where FolderOf.ContainsKey(Name(type))
                                  from used in type.GetFields(all).Select(f => f.FieldType)
                                      .Concat(type.GetMethods(all).SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType)))
                                      .Concat(type.GetConstructors(all).SelectMany(c => c.GetParameters().Select(p => p.ParameterType)))
                                      .Append(type.BaseType ?? typeof(object))
                                      .SelectMany(Parts)
                                  where used.Assembly == type.Assembly && FolderOf.TryGetValue(Name(used), out string? folder) && !MayUse(FolderOf[Name(type)], folder)
                                  select $"{type} uses {used}"];

        Assert.Empty(violations);
    }

    [Fact]
    public void An_upward_reference_would_be_found()
    {
        Assert.False(MayUse("Inference", "Chat"));
        Assert.False(MayUse("Native", "Gguf"));
        Assert.True(MayUse("Chat", "Inference"));
        Assert.Equal(("Inference", "Native", ""), (FolderOf["Engine"], FolderOf["NativeRuntime"], FolderOf["LocalModel"]));
    }

    private static bool MayUse(string user, string used) => user == used || Rank(user) > Rank(used);

    private static int Rank(string folder) => Array.FindIndex(Layers, l => l.Contains(folder));

    private static IEnumerable<string> SourceFiles() =>
        Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(Source, f).StartsWith("obj", StringComparison.Ordinal) && !Path.GetRelativePath(Source, f).StartsWith("bin", StringComparison.Ordinal));

    private static string Folder(string file) =>
        Path.GetRelativePath(Source, file).Split(Path.DirectorySeparatorChar) is [var folder, _, ..] ? folder : "";

    // Comments and texts may tell of anything.
    private static string Code(string file) => CommentOrText().Replace(File.ReadAllText(file), "");

    private static string Name(Type type) => type.Name.Split('`')[0];

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!) : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type) : [type];

    [GeneratedRegex(@"^(?:public|internal)\s+(?:(?:static|sealed|abstract|readonly|partial|unsafe|ref)\s+)*(?:class|struct|record struct|record|enum|interface)\s+(\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();

    // A file's own member may be called as a type elsewhere is.
    [GeneratedRegex(@"[\w>\]?] (\w+)\s*(?:\{|=|;)")]
    private static partial Regex Member();

    // Followed by one of these it is a member's name, not a type's.
    [GeneratedRegex(@"(?<![.\w])[A-Za-z_]\w*\b(?!\s*[={;])")]
    private static partial Regex Word();

    [GeneratedRegex(@"//[^\n]*|""(?:[^""\\\n]|\\.)*""")]
    private static partial Regex CommentOrText();
}
