namespace LocalLlm.Gguf.Rules;

/// <summary>Keys that say nothing about the architecture.</summary>
internal static class GeneralRules
{
    private static readonly (string Key, GgufValueType Type)[] Sampling =
    [
        ("general.sampling.sequence", GgufValueType.String),
        ("general.sampling.top_k", GgufValueType.Int32),
        ("general.sampling.top_p", GgufValueType.Float32),
        ("general.sampling.min_p", GgufValueType.Float32),
        ("general.sampling.xtc_probability", GgufValueType.Float32),
        ("general.sampling.xtc_threshold", GgufValueType.Float32),
        ("general.sampling.temp", GgufValueType.Float32),
        ("general.sampling.penalty_last_n", GgufValueType.Int32),
        ("general.sampling.penalty_repeat", GgufValueType.Float32),
        ("general.sampling.mirostat", GgufValueType.Int32),
        ("general.sampling.mirostat_tau", GgufValueType.Float32),
        ("general.sampling.mirostat_eta", GgufValueType.Float32),
    ];

    public static void Check(KeyReader keys)
    {
        keys.ReadString(GgufKeys.Name);
        keys.ReadUInt32(GgufKeys.FileType);
        foreach ((string key, GgufValueType type) in Sampling)
        {
            WarnUnless(keys, key, type);
        }

        WarnUnless(keys, GgufKeys.ChatTemplate, GgufValueType.String);
    }

    /// <summary>llama.cpp hands these on as text; whoever reads them ignores another type.</summary>
    private static void WarnUnless(KeyReader keys, string key, GgufValueType type)
    {
        if (!keys.TryFind(key, out KeyValueEntry entry) || entry.Type == type)
        {
            return;
        }

        bool isInteger = type == GgufValueType.Int32 && Scalars.TryReadInteger(entry, keys.Header, out _);
        if (!isInteger)
        {
            keys.Warn("wrong-type", key, $"'{key}' is {GgufValueTypes.Describe(entry)}, not {GgufValueTypes.Name(type)}; it is ignored.");
        }
    }
}
