using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace LocalLlm.Gguf.Rules;

/// <summary>The compiled rules of one architecture.</summary>
internal sealed class ArchitectureRules
{
    private static readonly string[] Families =
    [
        LlamaFamily.Text,
        LegacyFamily.Text,
        GemmaFamily.Text,
        ExpertFamily.Text,
        RecurrentFamily.Text,
        EncoderFamily.Text,
    ];

    private static readonly FrozenDictionary<string, List<string>> Sections = ReadSections();
    private static readonly ConcurrentDictionary<string, ArchitectureRules> Compiled = new();

    private ArchitectureRules(RuleScope scope, RuleStatement[] statements)
    {
        Scope = scope;
        Statements = statements;
        Window = scope.Find("n_swa");
    }

    /// <summary>Architectures that the table covers.</summary>
    public static IReadOnlyCollection<string> Covered => Sections.Keys;

    public RuleScope Scope { get; }

    public RuleStatement[] Statements { get; }

    /// <summary>The slot of the window's size; −1 where there is none.</summary>
    public int Window { get; }

    /// <summary>The rules of an architecture; null where the table does not cover it.</summary>
    public static ArchitectureRules? Find(string architecture) =>
        Sections.ContainsKey(architecture) ? Compiled.GetOrAdd(architecture, Compile) : null;

    private static ArchitectureRules Compile(string architecture)
    {
        RuleScope scope = new(architecture);
        RuleStatement[] statements = RuleParser.Parse(scope, Macros.Text, Sections[architecture]);
        return new ArchitectureRules(scope, statements);
    }

    private static FrozenDictionary<string, List<string>> ReadSections()
    {
        Dictionary<string, List<string>> sections = [];
        foreach (string family in Families)
        {
            List<string> current = [];
            foreach (string line in RuleParser.Lines(family))
            {
                if (line[0] != '[')
                {
                    current.Add(line);
                    continue;
                }

                current = [];
                foreach (string name in line.Trim('[', ']').Split(' '))
                {
                    sections.Add(name, current);
                }
            }
        }

        return sections.ToFrozenDictionary();
    }
}
