using LocalLlm.Hardware;
using LocalLlm.Native;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Inference;

/// <summary>Loads a file into a running engine, or says why not. Whatever would end the process is refused before native code sees it.</summary>
internal sealed partial class ModelLoader(EngineOptions options, ILogger logger)
{
    private const int ContextGrid = 256;

    /// <summary>Loads a model on the calling thread.</summary>
    internal EngineModel Load(string path, IProgress<float>? progress, CancellationToken cancellationToken)
    {
        using RunningLoads.Load running = RunningLoads.Begin();
        string file = ModelFile.Find(path);
        cancellationToken.ThrowIfCancellationRequested();
        using GgufFile gguf = GgufFile.Open(file);
        gguf.ThrowIfRefused();
        foreach (GgufFinding finding in gguf.Validate())
        {
            LogFinding(logger, file, finding.Message);
        }

        NativeRuntime.Load();
        // A context that can't fit is refused before the weights are read. They take memory too: it is chosen after them.
        ChooseContextLength(gguf);

        using NativeLogScope log = NativeLog.Enter(logger);
        LoadedModel model = LoadWeights(gguf, log, progress, cancellationToken);
        EngineContext? context = null;
        try
        {
            RefuseUnlessItGenerates(model);
            int contextLength = ChooseContextLength(gguf);
            RunningLoads.ThrowIfExiting();
            context = CreateContext(model, contextLength, log);
            cancellationToken.ThrowIfCancellationRequested();
            ModelInfo info = Describe(gguf, model, contextLength);
            SamplingDefaults sampling = SamplingDefaults.Of(gguf.Metadata);
            LogPlacement(info);
            // From here on the engine owns the model and the context: nothing may fail between.
            return new EngineModel(new Engine(model, context, contextLength, options.Sequences, logger), model.Vocabulary, info, sampling);
        }
        catch
        {
            context?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>The asked-for context, if its KV cache fits into memory; without one, the longest that takes at most half of what is available.</summary>
    private int ChooseContextLength(GgufFile gguf)
    {
        gguf.Metadata.TryGetInteger($"{gguf.Architecture}.context_length", out long trainedLength);
        int trained = (int)Math.Clamp(trainedLength, 1, int.MaxValue);
        KvCacheSize size = new(gguf, options.Sequences);
        long available = SystemMemory.AvailableBytes();
        int fitting = LongestFitting(size, trained, available / 2);
        int asked = options.ContextLength ?? fitting;
        if (asked > trained)
        {
            throw BadContextLength(asked, $"The model is trained for a context of {trained} tokens; {asked} were asked for.");
        }

        long needed = size.Bytes(asked);
        if (needed <= available)
        {
            return asked;
        }

        throw new NotEnoughMemoryException(
            "cpu",
            needed,
            available,
            $"The KV cache for {options.Sequences} × {asked} tokens needs {needed:N0} bytes, and {available:N0} bytes of memory are available.",
            [fitting < asked ? $"Load with {nameof(EngineOptions.ContextLength)} = {fitting}." : "Load with fewer sequences, or free memory."]);
    }

    private static ArgumentOutOfRangeException BadContextLength(int contextLength, string message) =>
        new(nameof(contextLength), contextLength, message);

    // On a grid, by bisection; at least one step of the grid, whether it fits or not.
    private int LongestFitting(KvCacheSize size, int trained, long budget)
    {
        long longest = Math.Min(trained, int.MaxValue / options.Sequences);
        if (size.Bytes(longest) <= budget)
        {
            return (int)longest;
        }

        long fits = 1;
        long tooLong = (longest + ContextGrid - 1) / ContextGrid;
        while (tooLong - fits > 1)
        {
            long middle = (fits + tooLong) / 2;
            (fits, tooLong) = size.Bytes(middle * ContextGrid) <= budget ? (middle, tooLong) : (fits, middle);
        }

        return (int)Math.Min(longest, fits * ContextGrid);
    }

    private unsafe LoadedModel LoadWeights(GgufFile gguf, NativeLogScope log, IProgress<float>? progress, CancellationToken cancellationToken)
    {
        string file = gguf.Location;
        nint[] gpus = options.GpuLayers > 0 ? NativeRuntime.GpuDevices() : [];
        if (options.GpuLayers > 0 && gpus.Length == 0)
        {
            throw new ModelLoadException(
                file, $"{nameof(EngineOptions.GpuLayers)} is {options.GpuLayers}, but no backend found a GPU. Add a GPU package such as LocalLlm.Backend.Vulkan, see NativeRuntime.Failures, or leave the option at 0.");
        }

        using LoadCallback callback = new(progress, log, cancellationToken);
        nint* devices = stackalloc nint[gpus.Length + 1];
        gpus.CopyTo(new Span<nint>(devices, gpus.Length));
        devices[gpus.Length] = 0;

        llama_model_params parameters = LlamaApi.llama_model_default_params();
        // Never NULL: with no device list even 0 layers open the GPUs and reserve memory there.
        parameters.devices = devices;
        parameters.n_gpu_layers = options.GpuLayers;
        parameters.load_mode = llama_load_mode.LLAMA_LOAD_MODE_MMAP;
        parameters.progress_callback = LoadCallback.Function;
        parameters.progress_callback_user_data = callback.UserData;

        ModelHandle handle = new(LlamaApi.llama_model_load_from_file(file, parameters));
        if (!handle.IsInvalid && !log.HasFailed && !cancellationToken.IsCancellationRequested)
        {
            return new LoadedModel(file, handle, gguf.Architecture);
        }

        handle.Dispose();
        log.ThrowIfFailed();
        cancellationToken.ThrowIfCancellationRequested();
        throw new ModelLoadException(file, $"llama.cpp could not load {file}.", log.TakeErrors());
    }

    // Asked to generate, these would give junk or end the process.
    private static void RefuseUnlessItGenerates(LoadedModel model)
    {
        string? reason =
            model.Vocabulary.Type == llama_vocab_type.LLAMA_VOCAB_TYPE_NONE ? "it has no vocabulary"
            : LlamaApi.llama_model_is_diffusion(model.Handle) ? "it is a diffusion model"
            : LlamaApi.llama_model_has_encoder(model.Handle) ? "it is an encoder-decoder model"
            : !LlamaApi.llama_model_has_decoder(model.Handle) ? "it has no decoder"
            : null;
        if (reason is not null)
        {
            throw new ModelLoadException(model.Path, $"{model.Path} can't generate text: {reason}.");
        }
    }

    private EngineContext CreateContext(LoadedModel model, int contextLength, NativeLogScope log)
    {
        EngineContext? context = EngineContext.Create(
            model, contextLength, options.Sequences, options.Threads, onCpu: options.GpuLayers <= LlamaApi.llama_model_n_layer(model.Handle));
        if (log.HasFailed)
        {
            context?.Dispose();
            log.ThrowIfFailed();
        }

        if (context is null)
        {
            throw new ModelLoadException(model.Path, $"llama.cpp could not create a context of {contextLength} tokens for {model.Path}.", log.TakeErrors());
        }

        // Without a memory llama_decode falls back to encoding, and "generates" nonsense; a pooled output has no logits per token.
        if (context.Memory == 0 || context.IsPooling)
        {
            context.Dispose();
            throw new ModelLoadException(model.Path, $"{model.Path} can't generate text: it is an encoder or embedding model.");
        }

        return context;
    }

    private static ModelInfo Describe(GgufFile gguf, LoadedModel model, int contextLength)
    {
        GgufMetadata metadata = gguf.Metadata;
        return new ModelInfo
        {
            Path = model.Path,
            Name = metadata.TryGetString("general.name", out string? name) ? name : Path.GetFileNameWithoutExtension(model.Path),
            Architecture = gguf.Architecture ?? "",
            Parameters = (long)LlamaApi.llama_model_n_params(model.Handle),
            FileType = gguf.Summarize().FileType,
            SizeBytes = (long)LlamaApi.llama_model_size(model.Handle),
            LayerCount = LlamaApi.llama_model_n_layer(model.Handle),
            EmbeddingLength = LlamaApi.llama_model_n_embd(model.Handle),
            VocabularySize = model.Vocabulary.Count,
            TrainedContextLength = LlamaApi.llama_model_n_ctx_train(model.Handle),
            ContextLength = contextLength,
            ChatTemplate = metadata.TryGetString("tokenizer.chat_template", out string? template) ? template : null,
            License = metadata.TryGetString("general.license", out string? license) ? license : null,
        };
    }

    // A GPU that is there but not used must be visible: users think it is.
    private void LogPlacement(ModelInfo info)
    {
        if (info.ChatTemplate is null)
        {
            LogNoTemplate(logger, info.Name);
        }

        if (!logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        int layers = info.LayerCount + 1;
        string[] gpus = NativeRuntime.GpuNames();
        int onGpu = gpus.Length == 0 ? 0 : Math.Min(options.GpuLayers, layers);
        string present = gpus.Length == 0 ? "none present" : string.Join(", ", gpus);
        LogLoaded(logger, info.Name, info.FileType, layers - onGpu, layers, onGpu, present, info.ContextLength, options.Threads);
    }

    [LoggerMessage(EventId = 12, Level = LogLevel.Warning, Message = "{File}: {Finding}")]
    private static partial void LogFinding(ILogger logger, string file, string finding);

    [LoggerMessage(EventId = 11, Level = LogLevel.Warning, Message = "{Model} has no chat template: ChatML is used, which it may not have been trained on")]
    private static partial void LogNoTemplate(ILogger logger, string model);

    [LoggerMessage(EventId = 10, Level = LogLevel.Information, Message = "{Model} ({FileType}) loaded: {CpuLayers} of {Layers} layers on the CPU, {GpuLayers} on GPUs ({Gpus}); context {ContextLength} tokens, {Threads} threads")]
    private static partial void LogLoaded(ILogger logger, string model, string fileType, int cpuLayers, int layers, int gpuLayers, string gpus, int contextLength, int threads);
}
