using System.Text.Json;
using LocalLlm.Chat;
using LocalLlm.Chat.Replies;
using LocalLlm.Chat.Templating;
using LocalLlm.Hardware;
using LocalLlm.Inference;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LocalLlm;

/// <summary>A loaded model: generates text and chats.</summary>
/// <remarks>
/// Thread-safe: calls may run at the same time. Those are computed together whose prompts and output limits have room
/// in the KV cache, of <see cref="PlanOptions.Sequences"/> contexts in all, up to 32 (or <see cref="PlanOptions.Sequences"/>,
/// where that is more; models with a sliding window or a recurrent state compute no more than that); further ones wait
/// in the order in which their prompts were ready. A call without a limit of output tokens is kept a whole context. Disposing ends every running call with
/// <see cref="ObjectDisposedException"/> and is safe from any thread.
/// </remarks>
public sealed partial class LocalModel : IDisposable, IAsyncDisposable
{
    private readonly Engine _engine;
    private readonly Vocabulary _vocabulary;
    private readonly SamplingDefaults _samplingDefaults;
    private readonly ChatTemplate _chatTemplate;
    private readonly PromptTokenizer _promptTokenizer;
    private readonly Recent<ReplyFormat, ReplyMarkup> _replyMarkup = new(capacity: 8);

    private LocalModel(EngineModel loaded)
    {
        _engine = loaded.Engine;
        _vocabulary = loaded.Vocabulary;
        _samplingDefaults = loaded.SamplingDefaults;
        Info = loaded.Info;
        Plan = loaded.Plan;
        Memory = loaded.Memory;
        _chatTemplate = ChatTemplate.Of(Info, _vocabulary);
        _promptTokenizer = new PromptTokenizer(_vocabulary);
    }

    /// <summary>What the model is.</summary>
    public ModelInfo Info { get; }

    /// <summary>Where its layers are, and why.</summary>
    public OffloadPlan Plan { get; }

    /// <summary>What it takes of each device: planned and allocated, side by side.</summary>
    public ModelMemory Memory { get; }

    /// <summary>How its variant was chosen, among which; null where the file was named.</summary>
    public PresetChoice? Choice { get; private init; }

    /// <summary>Plans where the layers of a GGUF file go on this machine, and loads it so.</summary>
    /// <param name="path">The file; of a split model any part. All else is loaded by <see cref="LoadAsync"/>.</param>
    /// <param name="options">How to load it, without a preset; null for the defaults.</param>
    /// <exception cref="ModelNotFoundException">There is no such file.</exception>
    /// <exception cref="GgufFormatException">The file is not GGUF, is damaged, or would not load safely.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ModelLoadException">llama.cpp can't load it, or it is not a model that generates text.</exception>
    /// <exception cref="NotEnoughMemoryException">What must be in memory does not fit, or an explicit placement is over a budget.</exception>
    /// <exception cref="NativeLibraryException">llama.cpp's libraries are missing or do not load.</exception>
    /// <exception cref="ArgumentException">An option's value is not valid, or the model would have to be chosen, downloaded or made.</exception>
    public static LocalModel Load(string path, LoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new LoadOptions();
        options.Validate();
        if (options.Preset is not null)
        {
            throw new ArgumentException($"A preset may have to be made first, which takes its time: use {nameof(LoadAsync)}.", nameof(options));
        }

        if (ModelReference.TryParse(path, out ModelReference? reference) && reference.LocalPath is null)
        {
            throw new ArgumentException($"{path} is not a file of this machine, and may have to be downloaded: use {nameof(LoadAsync)}.", nameof(path));
        }

        return Load(path, options, choice: null, CancellationToken.None);
    }

    /// <summary>
    /// Gets a model, plans where its layers go on this machine, and loads it so, on a thread of its own. Of a folder or a repository
    /// the variant is chosen for this machine; what is not here is downloaded.
    /// </summary>
    /// <param name="model">
    /// A file (of a split model any part), a folder with variants of one model, <c>hf:owner/repo[:VARIANT][@revision]</c>, or the
    /// https address of a GGUF file: what <see cref="ModelReference.Parse"/> reads.
    /// </param>
    /// <param name="options">How to load it; null for the defaults.</param>
    /// <param name="cancellationToken">Stops it, in every stage.</param>
    /// <exception cref="ModelNotFoundException">There is no such file, folder, repository, revision or variant.</exception>
    /// <exception cref="DownloadException">It can't be downloaded.</exception>
    /// <exception cref="QuantizationException">The preset can't be made.</exception>
    /// <exception cref="GgufFormatException">The file is not GGUF, is damaged, or would not load safely.</exception>
    /// <exception cref="IOException">The file can't be read, or what was made can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ModelLoadException">llama.cpp can't load it, or it is not a model that generates text.</exception>
    /// <exception cref="NotEnoughMemoryException">What must be in memory does not fit, or an explicit placement is over a budget.</exception>
    /// <exception cref="NativeLibraryException">llama.cpp's libraries are missing or do not load.</exception>
    /// <exception cref="FormatException">The text is no reference.</exception>
    /// <exception cref="ArgumentException">An option's value is not valid.</exception>
    /// <exception cref="OperationCanceledException">The load was cancelled.</exception>
    public static Task<LocalModel> LoadAsync(string model, LoadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        options ??= new LoadOptions();
        options.Validate();
        ModelReference reference = ModelReference.Parse(model);
        return options.Preset is null && reference.LocalPath is { } path && !Directory.Exists(path)
            ? StartLoad(path, options, choice: null, cancellationToken)
            : GetAndLoadAsync(reference, options, cancellationToken);
    }

    /// <summary>Turns text into tokens.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecial">Adds the tokens with which the model begins (and ends) a text. Default false.</param>
    /// <param name="parseSpecial">Reads the text of control tokens, such as <c>&lt;|im_start|&gt;</c>, as those tokens. Default false: it is plain text.</param>
    public int[] Tokenize(string text, bool addSpecial = false, bool parseSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _vocabulary.Tokenize(text, addSpecial, parseSpecial);
    }

    /// <summary>Turns tokens into text.</summary>
    /// <param name="tokens">Tokens of this model.</param>
    /// <param name="includeControlTokens">Writes control tokens too. Default false: they are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    public string Detokenize(ReadOnlySpan<int> tokens, bool includeControlTokens = false) => _vocabulary.Detokenize(tokens, includeControlTokens);

    /// <summary>Whether a token is a control token: it steers the model, and is no text of an answer.</summary>
    /// <param name="token">A token of this model.</param>
    /// <exception cref="ArgumentOutOfRangeException">The token is not in the vocabulary.</exception>
    public bool IsControlToken(int token) => _vocabulary.IsControl(token);

    /// <summary>How many tokens the prompt for these messages has, with all that the model's template adds.</summary>
    /// <inheritdoc cref="RenderPrompt"/>
    public int CountTokens(IEnumerable<ChatMessage> messages, ChatOptions? options = null) => TokenizePrompt(messages, options).Length;

    /// <summary>The prompt that the model's template makes of these messages.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="options">Its instructions, its tools and, in <see cref="LocalChatOptions"/>, what the template is given; null for the defaults.</param>
    /// <exception cref="ChatTemplateException">The model's template is not valid, or can't be applied to these messages.</exception>
    /// <exception cref="NotSupportedException">A message holds content that would be lost.</exception>
    /// <exception cref="ArgumentException">The options name a template that the model does not have, or a variable of the template's own.</exception>
    public string RenderPrompt(IEnumerable<ChatMessage> messages, ChatOptions? options = null) => _chatTemplate.Render(messages, options);

    /// <summary>The tokens of the prompt for these messages, as a chat gives them to the model.</summary>
    /// <remarks>
    /// Control tokens, and user-defined ones such as <c>&lt;tool_call&gt;</c>, stand only where the template writes them. What content
    /// spells stays text: also what the template writes one half of. All else is tokenized as if the prompt was one text.
    /// </remarks>
    /// <inheritdoc cref="RenderPrompt"/>
    public int[] TokenizePrompt(IEnumerable<ChatMessage> messages, ChatOptions? options = null) => Render(_chatTemplate.Input(messages, options), CancellationToken.None).Tokens;

    /// <summary>The tokens of the prompt for a conversation in the form that Hugging Face's templates take.</summary>
    /// <inheritdoc cref="ChatTemplate.Render(JsonElement, JsonElement?, TemplateOptions?)"/>
    public int[] TokenizePrompt(JsonElement messages, JsonElement? tools = null, TemplateOptions? options = null) =>
        Render(_chatTemplate.Input(messages, tools, options), CancellationToken.None).Tokens;

    /// <summary>Ends all running calls and frees the model.</summary>
    public void Dispose() => _engine.Dispose();

    /// <summary>Ends all running calls and frees the model, without blocking the caller.</summary>
    public ValueTask DisposeAsync()
    {
        // The calls end now, also where the pool has no thread free to wait for the engine's.
        _engine.Stop();
        return new ValueTask(Task.Run(_engine.Dispose));
    }

    private ChatPrompt Render(TemplateInput input, CancellationToken cancellationToken)
    {
        Rendering rendering = _chatTemplate.Render(input, cancellationToken);
        return new ChatPrompt(rendering.Text, _promptTokenizer.Tokenize(rendering));
    }

    private static async Task<LocalModel> GetAndLoadAsync(ModelReference reference, LoadOptions options, CancellationToken cancellationToken)
    {
        ModelStore store = options.Store ?? new ModelStore(new ModelStoreOptions { LoggerFactory = options.LoggerFactory });
        if (options.Preset is null && reference.IsOneVariant)
        {
            ModelVariant named = (await store.FindAsync(reference, cancellationToken).ConfigureAwait(false))[0];
            return await StartLoad(await store.GetAsync(named, options.Progress, cancellationToken).ConfigureAwait(false), options, choice: null, cancellationToken).ConfigureAwait(false);
        }

        PresetOptions wanted = LoadOptions.ChoiceOf(options);
        HardwareProfile machine = await Task.Run(
            () => HardwareProfile.Detect(new HardwareDetectionOptions
            {
                IncludeGpus = options.MayUseGpus,
                MeasureMemory = wanted.Preset == QuantizationPreset.Auto,
                DiskPath = reference.LocalPath ?? store.CacheDirectory,
            }),
            cancellationToken).ConfigureAwait(false);
        wanted = wanted with { Plan = wanted.Plan.WithUsableLimits() };
        ModelChoice choice = await store.ChooseAsync(reference, machine, wanted, cancellationToken).ConfigureAwait(false);
        if (choice.Preset.Chosen.Refusal is { } refusal)
        {
            throw refusal;
        }

        string path = await store.GetAsync(choice, options.Progress, cancellationToken).ConfigureAwait(false);
        return await StartLoad(path, options, choice.Preset, cancellationToken).ConfigureAwait(false);
    }

    private static Task<LocalModel> StartLoad(string path, LoadOptions options, PresetChoice? choice, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(() => Load(path, options, choice, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static LocalModel Load(string path, LoadOptions options, PresetChoice? choice, CancellationToken cancellationToken)
    {
        ILogger logger = options.LoggerFactory?.CreateLogger<LocalModel>() ?? NullLogger<LocalModel>.Instance;
        if (choice is not null && logger.IsEnabled(LogLevel.Information))
        {
            string table = choice.ToString();
            LogChoice(logger, table);
        }

        EngineOptions engineOptions = new(options, options.Threads ?? ProcessorCores.Usable);
        IProgress<float>? progress = options.Progress is { } receiver ? new FractionProgress(receiver) : null;
        return new LocalModel(new ModelLoader(engineOptions, logger).Load(path, progress, cancellationToken)) { Choice = choice };
    }

    [LoggerMessage(EventId = 18, Level = LogLevel.Information, Message = "Chosen for this machine:\n{Choice}")]
    private static partial void LogChoice(ILogger logger, string choice);

    private sealed class FractionProgress(IProgress<LoadProgress> receiver) : IProgress<float>
    {
        public void Report(float value) => receiver.Report(new LoadProgress(value));
    }
}
