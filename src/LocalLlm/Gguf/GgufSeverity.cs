namespace LocalLlm;

/// <summary>What a finding means for loading the model.</summary>
public enum GgufSeverity
{
    /// <summary>The model may load, but something is unusual.</summary>
    Warn,

    /// <summary>The model must not be handed to native code.</summary>
    Refuse,
}
