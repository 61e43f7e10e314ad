using LocalLlm.Hardware;
using LocalLlm.Native;
using LocalLlm.Planning;
using Microsoft.Extensions.Logging;

namespace LocalLlm.Inference;

/// <summary>Loads a file, or says why not. Whatever would end the process is refused before native code sees it.</summary>
internal sealed partial class ModelLoader(EngineOptions options, ILogger logger)
{
    // A plan must know what the plans before it have claimed.
    private static readonly Lock Planning = new();

    /// <summary>Loads a model on the calling thread, into an engine that runs.</summary>
    internal EngineModel Load(string path, IProgress<float>? progress, CancellationToken cancellationToken)
    {
        using RunningLoads.Load running = RunningLoads.Begin();
        ReadyModel ready = LoadReady(path, progress, cancellationToken);
        try
        {
            return ready.StartEngine(logger);
        }
        catch
        {
            ready.Dispose();
            throw;
        }
    }

    /// <summary>Loads a model on the calling thread, for a caller that computes with it and has begun one of <see cref="RunningLoads"/>.</summary>
    internal ReadyModel LoadReady(string path, IProgress<float>? progress, CancellationToken cancellationToken)
    {
        string file = ModelPath.Find(path);
        cancellationToken.ThrowIfCancellationRequested();
        using GgufFile gguf = GgufFile.Open(file);
        gguf.ThrowIfRefused();
        foreach (GgufFinding finding in gguf.Validate())
        {
            LogFinding(logger, file, finding.Message);
        }

        NativeRuntime.Load();
        return LoadAsPlanned(gguf, Wanted(gguf), progress, isRetry: false, cancellationToken);
    }

    private ReadyModel LoadAsPlanned(GgufFile gguf, PlanOptions wanted, IProgress<float>? progress, bool isRetry, CancellationToken cancellationToken)
    {
        (OffloadPlan plan, MemoryClaim claim) = Plan(gguf, wanted);
        LoadLog seen = new();
        try
        {
            return Ready(gguf, plan, claim, seen, progress, cancellationToken);
        }
        catch (ModelLoadException) when (!isRetry && seen.Failure is not null && seen.Failure.CanBeAvoided(plan, wanted))
        {
            LogRetry(logger, gguf.Location, seen.Failure.Buffer, seen.Failure.Bytes, seen.Failure.ShortfallBytes);
        }
        catch (ModelLoadException failed) when (seen.Failure is not null)
        {
            throw seen.Failure.Error(plan, failed);
        }

        try
        {
            return LoadAsPlanned(gguf, seen.Failure.Avoid(plan, wanted), progress, isRetry: true, cancellationToken);
        }
        catch (NotEnoughMemoryException again)
        {
            throw seen.Failure.Error(plan, again);
        }
    }

    // As it will be used: what an engine has no use for is not planned.
    private PlanOptions Wanted(GgufFile gguf)
    {
        PlanOptions wanted = options.Plan;
        if (!options.ScoresText && wanted.MostOutputs is { } outputs)
        {
            int most = ModelFootprint.Of(gguf).HasPlainAttention ? KvCache.MostSequences : wanted.Sequences;
            wanted = wanted with { MostOutputs = outputs == 0 ? most : Math.Min(outputs, most) };
        }

        return wanted.WithUsableLimits();
    }

    private static (OffloadPlan Plan, MemoryClaim Claim) Plan(GgufFile gguf, PlanOptions wanted)
    {
        lock (Planning)
        {
            HardwareProfile machine = HardwareProfile.Detect(new HardwareDetectionOptions { IncludeGpus = wanted.MayUseGpus, DiskPath = gguf.Location });
            if (wanted.GpuLayers > 0 && machine.Gpus.Count == 0)
            {
                throw new ModelLoadException(
                    gguf.Location,
                    $"{nameof(PlanOptions.GpuLayers)} is {wanted.GpuLayers}, but no backend found a GPU. Add a GPU package such as LocalLlm.Backend.Vulkan, see NativeRuntime.Failures, or leave the option out.");
            }

            OffloadPlan plan = OffloadPlanner.Plan(gguf, machine, wanted);
            return (plan, MemoryClaim.Of(Claimed(plan)));
        }
    }

    private static Dictionary<string, long> Claimed(OffloadPlan plan)
    {
        Dictionary<string, long> bytes = new() { [MemoryClaim.Ram] = plan.Host.UsedBytes };
        for (int i = 0; i < plan.Devices.Count; i++)
        {
            PlanDevice device = plan.Basis.Machine.Devices[i];
            bytes[device.SharesRam ? MemoryClaim.Ram : device.NativeName] = plan.Devices[i].UsedBytes + (device.SharesRam ? bytes[MemoryClaim.Ram] : 0);
        }

        return bytes;
    }

    private ReadyModel Ready(GgufFile gguf, OffloadPlan plan, MemoryClaim claim, LoadLog seen, IProgress<float>? progress, CancellationToken cancellationToken)
    {
        using NativeLogScope log = NativeLog.Enter(logger, seen.Add);
        LoadedModel model = LoadWeights(gguf, plan, claim, log, progress, cancellationToken);
        EngineContext? context = null;
        try
        {
            RefuseUnlessItGenerates(model);
            RunningLoads.ThrowIfExiting();
            seen.Recover();
            context = CreateContext(model, plan, log, seen);
            cancellationToken.ThrowIfCancellationRequested();
            claim.MarkAllocated();
            ModelInfo info = Describe(gguf, model, plan.ContextLength);
            SamplingDefaults sampling = SamplingDefaults.Of(gguf.Metadata);
            ModelMemory memory = ModelMemory.Of(plan, seen.Buffers);
            LogPlacement(info, plan, memory, seen.Buffers);
            return new ReadyModel(model, context, info, sampling, plan, memory);
        }
        catch
        {
            context?.Dispose();
            model.Dispose();
            throw;
        }
    }

    private LoadedModel LoadWeights(
        GgufFile gguf, OffloadPlan plan, MemoryClaim claim, NativeLogScope log, IProgress<float>? progress, CancellationToken cancellationToken)
    {
        try
        {
            string file = gguf.Location;
            using PlacementParameters placement = new(plan.Basis.Native, plan.Basis.Machine);
            using LoadCallback callback = new(progress, log, cancellationToken);
            ModelHandle handle = new(LoadFile(file, placement, callback));
            try
            {
                log.ThrowIfFailed();
                cancellationToken.ThrowIfCancellationRequested();
                return handle.IsInvalid
                    ? throw new ModelLoadException(file, $"llama.cpp could not load {file}.", log.TakeErrors())
                    : new LoadedModel(file, handle, gguf.Architecture, claim);
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    private unsafe nint LoadFile(string file, PlacementParameters placement, LoadCallback callback)
    {
        llama_model_params parameters = LlamaApi.llama_model_default_params();
        placement.Set(ref parameters);
        parameters.load_mode = options.Plan.WeightLoading switch
        {
            WeightLoading.Copied => llama_load_mode.LLAMA_LOAD_MODE_NONE,
            WeightLoading.Locked => llama_load_mode.LLAMA_LOAD_MODE_MMAP_MLOCK,
            _ => llama_load_mode.LLAMA_LOAD_MODE_MMAP,
        };
        parameters.progress_callback = LoadCallback.Function;
        parameters.progress_callback_user_data = callback.UserData;
        return LlamaApi.llama_model_load_from_file(file, parameters);
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

    private EngineContext CreateContext(LoadedModel model, OffloadPlan plan, NativeLogScope log, LoadLog seen)
    {
        EngineContext? context = EngineContext.Create(model, plan.Basis.Settings, options.Threads, onCpu: !plan.IsFullOffload, Attention(plan));
        if (log.HasFailed)
        {
            context?.Dispose();
            log.ThrowIfFailed();
        }

        if (context is null)
        {
            throw new ModelLoadException(model.Path, $"llama.cpp could not create a context of {plan.ContextLength} tokens for {model.Path}.", log.TakeErrors());
        }

        seen.Recover();
        // Without a memory llama_decode falls back to encoding, and "generates" nonsense; a pooled output has no logits per token.
        if (context.Memory == 0 || context.IsPooling)
        {
            context.Dispose();
            throw new ModelLoadException(model.Path, $"{model.Path} can't generate text: it is an encoder or embedding model.");
        }

        return context;
    }

    // llama.cpp may take attention that a GPU computes for a layer in RAM for one that no device can: a simulated plan knows better.
    private FlashAttention Attention(OffloadPlan plan) =>
        plan.Origins.Compute != FigureOrigin.Simulated ? options.Plan.FlashAttention : plan.FlashAttention ? FlashAttention.On : FlashAttention.Off;

    private static ModelInfo Describe(GgufFile gguf, LoadedModel model, int contextLength)
    {
        GgufMetadata metadata = gguf.Metadata;
        ModelTemplates templates = ModelTemplates.Of(metadata);
        return new ModelInfo
        {
            Path = model.Path,
            Name = metadata.TryGetString("general.name", out string? name) ? name : Path.GetFileNameWithoutExtension(model.Path),
            Architecture = gguf.Architecture ?? "",
            Parameters = (long)LlamaApi.llama_model_n_params(model.Handle),
            FileType = gguf.Summarize().FileType,
            SizeBytes = (long)LlamaApi.llama_model_size(model.Handle),
            Fingerprint = ModelFingerprint.Of(gguf),
            LayerCount = LlamaApi.llama_model_n_layer(model.Handle),
            EmbeddingLength = LlamaApi.llama_model_n_embd(model.Handle),
            VocabularySize = model.Vocabulary.Count,
            TrainedContextLength = LlamaApi.llama_model_n_ctx_train(model.Handle),
            ContextLength = contextLength,
            ChatTemplate = templates.Default,
            ChatTemplateVariants = templates.Variants,
            License = metadata.TryGetString("general.license", out string? license) ? license : null,
        };
    }

    private void LogPlacement(ModelInfo info, OffloadPlan plan, ModelMemory memory, BufferLog buffers)
    {
        if (info.ChatTemplate is null)
        {
            LogNoTemplate(logger, info.Name);
        }

        foreach (string warning in plan.Warnings)
        {
            LogPlanWarning(logger, info.Name, warning);
        }

        if (memory.Differs(plan.Origins) && logger.IsEnabled(LogLevel.Warning))
        {
            LogOtherMemory(logger, info.Name, plan.ToString(), memory.ToString());
        }

        if (Misplaced(plan, buffers) is { } misplaced)
        {
            LogMisplaced(logger, info.Name, misplaced);
        }

        if (!logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        // A GPU that is there but not used must be visible: users think it is.
        string[] gpus = NativeRuntime.GpuNames();
        string present = gpus.Length == 0 ? "none present" : string.Join(", ", gpus);
        int layers = plan.LayerCount + 1;
        int onCpu = plan.Host.Modules;
        LogLoaded(logger, info.Name, info.FileType, onCpu, layers, layers - onCpu, present, info.ContextLength, options.Threads);
        if (logger.IsEnabled(LogLevel.Debug))
        {
            string table = plan.ToString();
            LogPlan(logger, table);
        }
    }

    // Where llama.cpp says of a layer that it is elsewhere than planned.
    private static string? Misplaced(OffloadPlan plan, BufferLog buffers)
    {
        PlanBasis basis = plan.Basis;
        int[] layers = [.. buffers.Misplaced(basis.Placement, basis.Machine).Where(buffers.Layers.ContainsKey)];
        return layers.Length == 0 ? null : string.Join(", ", layers);
    }

    [LoggerMessage(EventId = 12, Level = LogLevel.Warning, Message = "{File}: {Finding}")]
    private static partial void LogFinding(ILogger logger, string file, string finding);

    [LoggerMessage(EventId = 11, Level = LogLevel.Warning, Message = "{Model} has no chat template: ChatML is used, which it may not have been trained on")]
    private static partial void LogNoTemplate(ILogger logger, string model);

    [LoggerMessage(EventId = 10, Level = LogLevel.Information, Message = "{Model} ({FileType}) loaded: {CpuLayers} of {Layers} layers on the CPU, {GpuLayers} on GPUs ({Gpus}); context {ContextLength} tokens, {Threads} threads")]
    private static partial void LogLoaded(ILogger logger, string model, string fileType, int cpuLayers, int layers, int gpuLayers, string gpus, int contextLength, int threads);

    [LoggerMessage(EventId = 13, Level = LogLevel.Warning, Message = "{Model}: {Warning}")]
    private static partial void LogPlanWarning(ILogger logger, string model, string warning);

    [LoggerMessage(EventId = 14, Level = LogLevel.Warning, Message = "{Model} takes other memory than planned. The plan:\n{Plan}\nWhat llama.cpp allocated:\n{Memory}")]
    private static partial void LogOtherMemory(ILogger logger, string model, string plan, string memory);

    [LoggerMessage(EventId = 15, Level = LogLevel.Warning, Message = "{Model}: llama.cpp has put the layers {Layers} elsewhere than planned")]
    private static partial void LogMisplaced(ILogger logger, string model, string layers);

    [LoggerMessage(EventId = 16, Level = LogLevel.Warning, Message = "{File}: {Buffer} had no room for a buffer of {Bytes} bytes; planned again with {Shortfall} bytes less")]
    private static partial void LogRetry(ILogger logger, string file, string buffer, long bytes, long shortfall);

    [LoggerMessage(EventId = 17, Level = LogLevel.Debug, Message = "{Plan}")]
    private static partial void LogPlan(ILogger logger, string plan);
}
