namespace LocalLlm.Gguf;

/// <summary>Numbers of the format and of the pinned llama.cpp release.</summary>
internal static class GgufLimits
{
    /// <summary>GGML_MAX_DIMS.</summary>
    public const int MaxDimensions = 4;

    /// <summary>GGML_MAX_NAME less the terminating zero: llama.cpp refuses longer tensor names.</summary>
    public const int MaxTensorNameBytes = 63;

    /// <summary>The GGUF specification's limit for keys.</summary>
    public const int MaxKeyBytes = 65535;

    /// <summary>GGUF_DEFAULT_ALIGNMENT.</summary>
    public const int DefaultAlignment = 32;

    /// <summary>ggml's TENSOR_ALIGNMENT: a mapped tensor elsewhere ends the process (ggml-backend.cpp:2515).</summary>
    public const int NativeAlignment = 32;

    /// <summary>The fixed beginning: magic, version, number of tensors, number of metadata entries.</summary>
    public const int FixedHeaderBytes = 24;

    /// <summary>A key's length, a value's type and the smallest value.</summary>
    public const int MinKeyValueBytes = 13;

    /// <summary>A name's length, the number of dimensions, type and offset.</summary>
    public const int MinTensorBytes = 24;

    /// <summary>How deep arrays of arrays may lie in each other. The pinned release reads none at all.</summary>
    public const int MaxArrayDepth = 8;

    /// <summary>
    /// The longest header that is read: more than fifteen times that of the largest vocabularies (262,144 tokens with
    /// merges: 16 MB). A file that claims more is damaged or hostile.
    /// </summary>
    public const int MaxHeaderBytes = 256 * 1024 * 1024;

    /// <summary>A split set's number of parts is a 16-bit number in the file; no real set has more than this.</summary>
    public const int MaxParts = 4096;

    /// <summary>Findings kept per file; a hostile file could cause one for each of a million entries.</summary>
    public const int MaxFindings = 100;
}
