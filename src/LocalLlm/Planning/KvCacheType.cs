namespace LocalLlm;

/// <summary>The type that keys and values are kept in.</summary>
public enum KvCacheType
{
    /// <summary>The planner chooses: <see cref="F16"/>.</summary>
    Auto,

    /// <summary>16 bits per number.</summary>
    F16,

    /// <summary>8.5 bits per number. As values it needs flash attention.</summary>
    Q8_0,

    /// <summary>4.5 bits per number. As values it needs flash attention.</summary>
    Q4_0,
}
