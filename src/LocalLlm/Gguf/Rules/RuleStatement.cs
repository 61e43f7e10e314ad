using System.Globalization;

namespace LocalLlm.Gguf.Rules;

/// <summary>One line of an architecture's rules, or a block of them.</summary>
internal abstract class RuleStatement
{
    public abstract void Run(ref RuleRun run);

    public static void RunAll(RuleStatement[] statements, ref RuleRun run)
    {
        foreach (RuleStatement statement in statements)
        {
            statement.Run(ref run);
        }
    }

    /// <summary>Types of metadata values, as the table names them.</summary>
    public enum ValueKind
    {
        U32,
        F32,
        Bool,
        Str,

        /// <summary>F32 that must be 0 or more.</summary>
        Eps,

        /// <summary>F32 whose bits are the value; −0 counts as 0.</summary>
        F32Bits,

        /// <summary>One u32 or an array with one per layer.</summary>
        U32PerLayer,

        /// <summary>An array of any length up to the number of layers that llama.cpp can hold.</summary>
        IntArray,

        /// <summary>One f32 or an array with one per layer.</summary>
        F32PerLayer,

        /// <summary>One number or four.</summary>
        U32Four,
    }

    /// <summary>A metadata key, with the name that its value gets.</summary>
    internal sealed class Key(ValueKind kind, string key, bool required, int slot, Expression? fallback) : RuleStatement
    {
        public override void Run(ref RuleRun run)
        {
            KeyReader keys = run.Keys;
            long missing = fallback is null ? 0 : fallback.Evaluate(ref run);
            long value = missing;
            switch (kind)
            {
                case ValueKind.U32:
                    value = keys.ReadUInt32(key, missing, required);
                    break;
                case ValueKind.F32:
                    keys.ReadFloat32(key, 0, required);
                    break;
                case ValueKind.Bool:
                    keys.ReadBoolean(key, required);
                    break;
                case ValueKind.Str:
                    keys.ReadString(key, required);
                    break;
                case ValueKind.Eps:
                    keys.ReadEpsilon(key, required);
                    break;
                case ValueKind.F32Bits:
                    float number = keys.ReadFloat32(key, BitConverter.UInt32BitsToSingle((uint)missing), required);
                    value = number == 0 ? 0 : BitConverter.SingleToUInt32Bits(number);
                    break;
                case ValueKind.IntArray:
                    // What an array does not reach keeps the default.
                    long[] elements = new long[Hyperparameters.MaxLayers];
                    Array.Fill(elements, missing);
                    keys.ReadArray(key, elements, required);
                    if (slot >= 0)
                    {
                        run.Set(slot, elements);
                    }

                    return;
                case ValueKind.F32PerLayer:
                    keys.ReadFloatsPerLayer(key, run.Model.LayerCount);
                    return;
                case ValueKind.U32Four:
                    keys.ReadPerLayer(key, 4, required);
                    return;
                case ValueKind.U32PerLayer:
                    if (keys.ReadPerLayer(key, run.Model.LayerCountAll, required) is long[] values)
                    {
                        run.Set(slot, values);
                        return;
                    }

                    break;
            }

            if (slot >= 0)
            {
                run.Set(slot, value);
            }
        }
    }

    /// <summary>A name for an expression.</summary>
    internal sealed class Let(int slot, Expression value) : RuleStatement
    {
        public override void Run(ref RuleRun run)
        {
            run.TryEvaluate(value, out long result);
            run.Set(slot, result);
        }
    }

    internal sealed class If(Expression condition, RuleStatement[] yes, RuleStatement[] no) : RuleStatement
    {
        public override void Run(ref RuleRun run) =>
            RunAll(run.TryEvaluate(condition, out long value) && value != 0 ? yes : no, ref run);
    }

    /// <summary>Lines that hold for each layer.</summary>
    internal sealed class Layers(Expression? count, RuleStatement[] body) : RuleStatement
    {
        public override void Run(ref RuleRun run)
        {
            AttentionRules.CheckOnce(ref run);
            long layers = count is null ? run.Model.LayerCount : Math.Min(count.Evaluate(ref run), Hyperparameters.MaxLayers);
            for (int i = 0; i < layers && run.Findings.HasRoom; i++)
            {
                run.Layer = i;
                RunAll(body, ref run);
            }

            run.Layer = 0;
        }
    }

    /// <summary>What the graph of the architecture needs, else it ends the process.</summary>
    internal sealed class Must(Expression condition, string text, string field, RuleScope scope) : RuleStatement
    {
        public override void Run(ref RuleRun run)
        {
            if (run.TryEvaluate(condition, out long value) && value != 0)
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

    /// <summary>What at least one layer must have: an input of the graph that no layer uses ends the process.</summary>
    internal sealed class Some(Expression condition, string text, string field) : RuleStatement
    {
        public override void Run(ref RuleRun run)
        {
            bool found = false;
            for (int i = 0; i < run.Model.LayerCount && !found; i++)
            {
                run.Layer = i;
                found = run.TryEvaluate(condition, out long value) && value != 0;
            }

            run.Layer = 0;
            if (!found)
            {
                run.Keys.Refuse("model-inconsistent", field, $"'{run.Keys.FullName(field)}' does not fit: no layer of the model has {text}.");
            }
        }
    }

    /// <summary>A tensor, its shape and what it is used for.</summary>
    internal sealed class Tensor(TensorName name, bool required, Expression[] shape, TensorUse use) : RuleStatement
    {
        public TensorName Name => name;

        public bool IsRequired => required;

        public Expression[] Shape => shape;

        public TensorUse Use => use;

        public override void Run(ref RuleRun run)
        {
            AttentionRules.CheckOnce(ref run);
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

    /// <summary>How the graph rotates.</summary>
    internal sealed class Rope(RopeKind kind) : RuleStatement
    {
        public override void Run(ref RuleRun run) => run.Rope = kind;
    }

    /// <summary>Where layers may differ.</summary>
    internal sealed class Varies(string[] what) : RuleStatement
    {
        public override void Run(ref RuleRun run)
        {
            run.HeadsVary |= what.Contains("heads");
            run.SizesVary |= what.Contains("sizes");
            run.ExpertsVary |= what.Contains("experts");
        }
    }

    /// <summary>All layers keep a state instead of keys and values.</summary>
    internal sealed class Recurrent : RuleStatement
    {
        public override void Run(ref RuleRun run) => run.IsPurelyRecurrent = true;
    }

    /// <summary>Some layers do.</summary>
    internal sealed class Hybrid(Expression isRecurrent) : RuleStatement
    {
        public override void Run(ref RuleRun run)
        {
            bool[] layers = new bool[run.Model.LayerCountAll];
            for (int i = 0; i < run.Model.LayerCount; i++)
            {
                run.Layer = i;
                layers[i] = run.TryEvaluate(isRecurrent, out long value) && value != 0;
            }

            run.Layer = 0;
            run.IsRecurrent = layers;
        }
    }

    /// <summary>Only the first layers have keys and values of their own.</summary>
    internal sealed class KvReuse(Expression count) : RuleStatement
    {
        public override void Run(ref RuleRun run)
        {
            run.TryEvaluate(count, out long value);
            run.OwnKvLayers = value;
        }
    }

    /// <summary>Which layers attend to a window only.</summary>
    internal sealed class Swa(SwaSource source, int period, bool denseFirst) : RuleStatement
    {
        private const string Pattern = "attention.sliding_window_pattern";

        public override void Run(ref RuleRun run)
        {
            Hyperparameters model = run.Model;
            KeyReader keys = run.Keys;
            bool[] layers = new bool[Hyperparameters.MaxLayers];
            bool isArray = keys.TryFind(Pattern, out KeyValueEntry entry) && entry.IsArray;
            switch (source)
            {
                case SwaSource.Array:
                case SwaSource.PeriodOrArray when isArray:
                    Fill(layers, keys.ReadPerLayer(Pattern, model.LayerCount, required: true));
                    break;
                case SwaSource.RawArray:
                    long[] values = new long[Hyperparameters.MaxLayers];
                    keys.ReadArray(Pattern, values, required: true);
                    Fill(layers, values);
                    break;
                default:
                    // An array is passed over where a period is wanted.
                    long every = isArray ? period : keys.ReadUInt32(Pattern, period);
                    for (int i = 0; i < model.LayerCount; i++)
                    {
                        layers[i] = every == 0 || (denseFirst ? i % every != 0 : i % every < every - 1);
                    }

                    break;
            }

            run.IsSwa = layers;
            run.HasWindow = true;
            ReadOnlySpan<bool> main = layers.AsSpan(0, model.LayerCount);
            if (!main.Contains(true))
            {
                keys.Refuse("model-inconsistent", Pattern, "The model has a sliding window, but no layer that uses it.");
            }
            else if (!main.Contains(false))
            {
                // The part of the cache without a window would be empty, which ends the process when the context shifts.
                keys.Refuse("model-inconsistent", Pattern, "The model has a sliding window, but no layer without it.");
            }
        }

        private static void Fill(bool[] layers, long[]? values)
        {
            for (int i = 0; i < values?.Length; i++)
            {
                layers[i] = values[i] != 0;
            }
        }
    }

    internal enum SwaSource
    {
        Period,
        PeriodOrArray,
        Array,
        RawArray,
    }
}
