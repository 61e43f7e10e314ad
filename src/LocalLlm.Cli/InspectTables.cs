using System.Globalization;
using Spectre.Console;

namespace LocalLlm.Cli;

/// <summary>Shows a GGUF file to a person.</summary>
internal static class InspectTables
{
    private const int MostCharacters = 200;

    internal static void Write(GgufFile file, bool tensors)
    {
        GgufSummary summary = file.Summarize();
        Console.WriteLine(Plain.Of(file.Location));
        Screen.Output.Write(Overview(file, summary));
        Screen.Output.Write(Metadata(file.Metadata));
        Screen.Output.Write(Layers(summary));
        Screen.Output.Write(Types(summary));
        if (tensors)
        {
            Screen.Output.Write(Tensors(file));
        }
        WriteProblems(file);
    }

    internal static string Severity(GgufFinding finding) => finding.Severity == GgufSeverity.Refuse ? "refuse" : "warn";

    private static Table Overview(GgufFile file, GgufSummary summary)
    {
        Table table = new Table().HideHeaders().AddColumns("what", "value");
        GgufPart first = file.Parts[0];
        Add(table, "architecture", Shown(summary.Architecture));
        Add(table, "name", Shown(summary.Name));
        Add(table, "file type", summary.FileType);
        Add(table, "parameters", string.Create(CultureInfo.InvariantCulture, $"{summary.ParameterCount:N0}, {summary.BitsPerParameter:0.00} bits each"));
        Add(table, "tensors", string.Create(CultureInfo.InvariantCulture, $"{summary.TensorCount:N0}, {Size.Of(summary.TensorBytes)}"));
        Add(table, "layers", Number(summary.BlockCount));
        Add(table, "trained context", Number(summary.ContextLength));
        Add(table, "vocabulary", Number(summary.VocabularySize));
        Add(table, "chat template", summary.HasChatTemplate ? "present" : "none");
        Add(table, "file", string.Create(CultureInfo.InvariantCulture, $"{(file.FileLength is long length ? Size.Of(length) : "of unknown size")} in {Parts(file.Parts.Count)}, GGUF version {first.Version}, header {Size.Of(first.HeaderLength)}"));
        return table;
    }

    private static Table Metadata(GgufMetadata metadata)
    {
        Table table = new Table().AddColumns("metadata", "type", "value");
        foreach (string key in metadata.Keys)
        {
            MetadataEntry entry = MetadataEntry.Of(metadata, key);
            Add(table, Plain.Cut(key, MostCharacters), entry.Type, entry.Text());
        }
        return table;
    }

    private static Table Layers(GgufSummary summary)
    {
        Table table = SizeTable("layer");
        foreach (GgufLayerSize layer in summary.Layers)
        {
            Add(table, Plain.Cut(layer.Name, MostCharacters), Number(layer.TensorCount), Number(layer.ParameterCount), Size.Of(layer.Bytes));
        }
        return table;
    }

    private static Table Types(GgufSummary summary)
    {
        Table table = SizeTable("type");
        foreach (GgufTypeSize type in summary.Types)
        {
            Add(table, type.Type.DisplayName(), Number(type.TensorCount), Number(type.ParameterCount), Size.Of(type.Bytes));
        }
        return table;
    }

    private static Table Tensors(GgufFile file)
    {
        Table table = new Table().AddColumns("tensor", "type", "shape").AddColumn(Right("size")).AddColumn(Right("offset"));
        foreach (GgufTensorInfo tensor in file.Tensors)
        {
            Add(
                table, Plain.Cut(tensor.Name, MostCharacters), tensor.Type.DisplayName(), string.Join(" × ", tensor.Shape),
                tensor.ByteLength < 0 ? "?" : Size.Of(tensor.ByteLength), Place(file, tensor.FileOffset, tensor.PartIndex));
        }
        return table;
    }

    private static void WriteProblems(GgufFile file)
    {
        IReadOnlyList<GgufFinding> findings = file.Validate();
        if (findings.Count == 0)
        {
            Console.WriteLine("No problems found.");
            return;
        }
        Table table = new Table().AddColumns("problem", "field").AddColumn(Right("offset")).AddColumn("message");
        foreach (GgufFinding finding in findings)
        {
            Add(
                table, Severity(finding), Plain.Cut(finding.Field, MostCharacters),
                finding.Offset is long offset ? Place(file, offset, finding.PartIndex) : "", Plain.Of(finding.Message));
        }
        Screen.Output.Write(table);
        if (findings.Any(finding => finding.Severity == GgufSeverity.Refuse))
        {
            Console.WriteLine("It would not be loaded.");
        }
    }

    private static Table SizeTable(string what) =>
        new Table().AddColumn(what).AddColumn(Right("tensors")).AddColumn(Right("parameters")).AddColumn(Right("size"));

    private static TableColumn Right(string name) => new TableColumn(name).RightAligned();

    private static void Add(Table table, params IEnumerable<string> cells) => table.AddRow(cells.Select(cell => new Text(cell)));

    private static string Place(GgufFile file, long offset, int part) => file.Parts.Count > 1
        ? string.Create(CultureInfo.InvariantCulture, $"{offset} of part {part + 1}")
        : offset.ToString(CultureInfo.InvariantCulture);

    private static string Parts(int count) => count == 1 ? "1 part" : string.Create(CultureInfo.InvariantCulture, $"{count} parts");

    private static string Shown(string? text) => text is null ? "not told" : Plain.Cut(text, MostCharacters);

    private static string Number(long? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? "not told";
}
