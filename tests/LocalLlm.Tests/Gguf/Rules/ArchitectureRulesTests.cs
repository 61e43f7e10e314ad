using System.Text.RegularExpressions;
using LocalLlm.Gguf.Rules;
using static LocalLlm.Tests.Gguf.Rules.RuleChecks;

namespace LocalLlm.Tests.Gguf.Rules;

public sealed partial class ArchitectureRulesTests
{
    [Fact]
    public void The_rules_of_every_architecture_are_understood()
    {
        Assert.True(ArchitectureRules.Covered.Count >= 110);
        foreach (string name in ArchitectureRules.Covered)
        {
            ArchitectureRules? rules = ArchitectureRules.Find(name);
            Assert.NotNull(rules);
            Assert.NotEmpty(rules.Statements);
            Assert.Same(rules, ArchitectureRules.Find(name));
        }
    }

    [Fact]
    public void Every_architecture_of_the_pinned_source_is_known_and_no_other()
    {
        string? source = Environment.GetEnvironmentVariable("LOCALLLM_LLAMACPP_SOURCE");
        Assert.SkipWhen(string.IsNullOrEmpty(source), "LOCALLLM_LLAMACPP_SOURCE does not name a folder with the llama.cpp source.");
        string text = File.ReadAllText(Path.Combine(source!, "src", "llama-arch.cpp"));
        string[] names = [.. Architecture().Matches(text).Select(match => match.Groups[1].Value)];
        Assert.True(names.Length > 130);

        // These have no loader of their own.
        string[] unusable = ["clip", "gptj", "(unknown)"];
        Assert.All(names.Except(unusable), name => Assert.True(KnownArchitectures.Contains(name), name));
        Assert.All(ArchitectureRules.Covered, name => Assert.Contains(name, names));
    }

    [Fact]
    public void An_architecture_without_rules_gives_one_warning() =>
        Assert.Equal(
            [(GgufSeverity.Warn, "architecture-not-covered", "general.architecture")],
            Findings(Renamed("deepseek4")).Select(finding => (finding.Severity, finding.Code, finding.Field!)));

    [Fact]
    public void An_architecture_without_rules_may_lack_a_tokenizer()
    {
        TinyModelBuilder model = Renamed("wavtokenizer-dec");
        model.Metadata["tokenizer.ggml.model"] = "none";
        Assert.All(Findings(model), finding => Assert.Equal(GgufSeverity.Warn, finding.Severity));
    }

    [Theory]
    [InlineData("dinosaur")]
    [InlineData("")]
    [InlineData("clip")]
    [InlineData("LLAMA")]
    public void An_architecture_that_llama_cpp_does_not_know_is_refused(string name)
    {
        GgufFinding finding = Assert.Single(Findings(Renamed(name)), finding => finding.Severity == GgufSeverity.Refuse);
        Assert.Equal("general.architecture", finding.Field);
    }

    [Fact]
    public void The_architecture_is_a_text()
    {
        TinyModelBuilder number = TinyModels.Plan(TinyModels.Dense);
        number.Metadata["general.architecture"] = 3u;
        Assert.Equal(("wrong-type", "general.architecture"), Assert.Single(Findings(number).Select(finding => (finding.Code, finding.Field))));
        TinyModelBuilder missing = TinyModels.Plan(TinyModels.Dense);
        missing.Metadata.Remove("general.architecture");
        Assert.Equal(("missing-key", "general.architecture"), Assert.Single(Findings(missing).Select(finding => (finding.Code, finding.Field))));
    }

    [Fact]
    public void Too_many_keys_are_refused() => Refused("too-many-keys", "metadata count", model =>
    {
        for (int i = 0; i < 10_001; i++)
        {
            model.Metadata[$"key.{i}"] = true;
        }
    });

    [Fact]
    public void A_model_full_of_faults_gives_a_limited_number_of_findings()
    {
        TinyModelBuilder model = TinyModels.Plan(TinyModels.Dense);
        model.Set("block_count", 500);
        Assert.InRange(Findings(model).Count, 50, 150);
    }

    private static TinyModelBuilder Renamed(string architecture)
    {
        TinyModelBuilder dense = TinyModels.Plan(TinyModels.Dense);
        TinyModelBuilder model = new(architecture, dense.Vocabulary);
        foreach ((string key, object value) in dense.Metadata)
        {
            model.Metadata.TryAdd(key.Replace("llama.", $"{architecture}.", StringComparison.Ordinal), value);
        }

        model.Tensors.AddRange(dense.Tensors);
        return model;
    }

    [GeneratedRegex("\\{ LLM_ARCH_\\w+,\\s+\"([^\"]+)\"")]
    private static partial Regex Architecture();
}
