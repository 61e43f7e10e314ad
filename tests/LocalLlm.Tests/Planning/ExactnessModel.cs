using LocalLlm.Native;
using LocalLlm.Planning;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

/// <summary>A model that exactness is tested with.</summary>
internal sealed class ExactnessModel
{
    private readonly GgufHandle _whole;
    private readonly GgufHandle _stripped;
    private int _uses;

    public ExactnessModel(TinyModelBuilder model)
    {
        File = HeaderModels.Open(model);
        Footprint = ModelFootprint.Of(File);
        _whole = GgufHandle.Parse(HeaderModels.Bytes(model));
        _stripped = GgufHandle.Parse(StrippedHeader.Of(File));
    }

    public GgufFile File { get; }

    public ModelFootprint Footprint { get; }

    /// <summary>The header for llama.cpp: now and then with its vocabulary, which takes half a second to read and changes nothing.</summary>
    public GgufHandle NextHeader() => _uses++ % 16 == 0 ? _whole : _stripped;
}
