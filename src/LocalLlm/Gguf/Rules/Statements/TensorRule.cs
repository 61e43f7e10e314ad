using System.Globalization;

namespace LocalLlm.Gguf.Rules;

/// <summary>A tensor, its shape and what it is used for.</summary>
internal sealed class TensorRule(TensorName name, bool required, Expression[] shape, TensorUse use) : RuleStatement
{
    public TensorName Name => name;

    public bool IsRequired => required;

    public Expression[] Shape => shape;

    public TensorUse Use => use;

    public override void Run(ref RuleRun run)
    {
        AttentionRules.CheckOnce(ref run);
        if (run.SkipsTensors)
        {
            return;
        }

        if (!run.TryFind(name, out TensorEntry entry, out int part, out int index))
        {
            if (required)
            {
                string missing = name.ToString(run.Layer);
                run.Refuse("missing-tensor", missing, 0, null, $"The tensor '{missing}' is missing.");
            }

            return;
        }

        run.Match(index);
        CheckShape(entry, part, ref run);
        if (!use.Allows(entry.Type))
        {
            string text = name.ToString(run.Layer);
            string type = ((GgmlType)entry.Type).DisplayName();
            string wanted = use == TensorUse.Float32 ? "it must be f32" : "llama.cpp can't compute with that";
            run.Refuse("wrong-tensor-type", text, part, entry.TypeOffset, $"The tensor '{text}' is of type {type}; {wanted}.");
        }
    }

    private void CheckShape(in TensorEntry entry, int part, ref RuleRun run)
    {
        ReadOnlySpan<long> actual = entry.Shape;
        bool fits = true;
        for (int d = 0; d < actual.Length && fits; d++)
        {
            long wanted = 1;
            fits = (d >= shape.Length || run.TryEvaluate(shape[d], out wanted)) && actual[d] == wanted;
        }

        if (fits)
        {
            return;
        }

        string text = name.ToString(run.Layer);
        List<string> expected = [];
        foreach (Expression dimension in shape)
        {
            expected.Add(run.TryEvaluate(dimension, out long size) ? size.ToString(CultureInfo.InvariantCulture) : "?");
        }

        string found = string.Join(", ", actual[..Math.Max(1, entry.DimensionCount)].ToArray());
        run.Refuse("wrong-shape", text, part, entry.ShapeOffset, $"The tensor '{text}' has the shape [{found}]; the model needs [{string.Join(", ", expected)}].");
    }
}
