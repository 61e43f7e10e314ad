namespace LocalLlm.Tests.Gguf.Rules;

/// <summary>Runs the rules over a tiny model that a test has changed.</summary>
internal static class RuleChecks
{
    /// <summary>All findings of the changed model.</summary>
    public static IReadOnlyList<GgufFinding> Findings(string architecture, Action<TinyModelBuilder> change)
    {
        TinyModelBuilder model = TinyModels.Plan(architecture);
        change(model);
        return Findings(model);
    }

    /// <summary>All findings of a model.</summary>
    public static IReadOnlyList<GgufFinding> Findings(TinyModelBuilder model)
    {
        using GgufFile file = SampleModel.Open(model.Build());
        return file.Validate();
    }

    /// <summary>The change is refused, and nothing but that field is blamed.</summary>
    public static void Refused(string code, string field, string architecture, Action<TinyModelBuilder> change)
    {
        GgufFinding[] refused = [.. Findings(architecture, change).Where(finding => finding.Severity == GgufSeverity.Refuse)];
        Assert.True(refused.Length > 0, $"{field} should be refused with {code}.");
        Assert.All(refused, finding => Assert.Equal((code, field), (finding.Code, finding.Field)));
    }

    /// <summary>The dense model with a change.</summary>
    public static void Refused(string code, string field, Action<TinyModelBuilder> change) => Refused(code, field, TinyModels.Dense, change);

    /// <summary>The change leads to one warning and no refusal.</summary>
    public static void Warned(string code, string field, string architecture, Action<TinyModelBuilder> change)
    {
        GgufFinding finding = Assert.Single(Findings(architecture, change));
        Assert.Equal((GgufSeverity.Warn, code, field), (finding.Severity, finding.Code, finding.Field));
    }

    /// <summary>The change is accepted without a word.</summary>
    public static void Accepted(string architecture, Action<TinyModelBuilder> change) => Assert.Empty(Findings(architecture, change));
}
