namespace LocalLlm.Gguf.Rules;

/// <summary>A metadata key, with the name that its value gets.</summary>
internal sealed class KeyRule(ValueKind kind, string key, bool required, int slot, Expression? fallback) : RuleStatement
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
