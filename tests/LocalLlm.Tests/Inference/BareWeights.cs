using LocalLlm.Inference;
using LocalLlm.Native;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm.Tests.Inference;

/// <summary>Loads a model on the processor without an engine, or its vocabulary alone.</summary>
internal static unsafe class BareWeights
{
    internal static LoadedModel Load(string path, string? architecture = "llama") => new(path, Open(path, vocabularyOnly: false), architecture);

    internal static ModelHandle LoadVocabulary(string path) => Open(path, vocabularyOnly: true);

    private static ModelHandle Open(string path, bool vocabularyOnly)
    {
        NativeRuntime.Load();
        using NativeLogScope quiet = NativeLog.Enter(NullLogger.Instance);
        llama_model_params parameters = LlamaApi.llama_model_default_params();
        nint noDevice = 0;
        parameters.devices = &noDevice;
        parameters.n_gpu_layers = 0;
        parameters.load_mode = llama_load_mode.LLAMA_LOAD_MODE_MMAP;
        parameters.vocab_only = (byte)(vocabularyOnly ? 1 : 0);
        ModelHandle model = new(LlamaApi.llama_model_load_from_file(path, parameters));
        Assert.False(model.IsInvalid);
        return model;
    }
}
