using System.Globalization;

namespace LocalLlm.Gguf.Rules;

/// <summary>What the graph of the architecture needs, else it ends the process.</summary>
internal sealed class MustRule(Expression condition, string text, string field, RuleScope scope) : RuleStatement
{
    public override void Run(ref RuleRun run)
    {
        if (run.IsRefused || (run.TryEvaluate(condition, out long value) && value != 0))
        {
            return;
        }

        HashSet<string> names = [];
        condition.AddNames(names);
        List<string> values = [];
        foreach (string name in names)
        {
            int slot = scope.Resolve(name);
            bool perLayer = text.Contains(name + "[i]", StringComparison.Ordinal);
            long number = perLayer ? run.OfLayer(slot, run.Layer) : run.Scalar(slot);
            values.Add(string.Create(CultureInfo.InvariantCulture, $"{name} = {number}"));
        }

        string because = values.Count > 0 ? $", but {string.Join(", ", values)}" : string.Empty;
        if (field.Contains("blk.", StringComparison.Ordinal))
        {
            string name = TensorName.Parse(field).ToString(run.Layer);
            run.Refuse("model-inconsistent", name, 0, null, $"'{name}' does not fit: the model needs {text}{because}.");
        }
        else
        {
            run.Keys.Refuse("model-inconsistent", field, $"'{run.Keys.FullName(field)}' does not fit: the model needs {text}{because}.");
        }
    }
}
