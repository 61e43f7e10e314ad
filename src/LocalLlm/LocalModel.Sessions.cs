using System.Security.Cryptography;
using System.Text;
using LocalLlm.Chat.Sessions;
using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm;

public sealed partial class LocalModel
{
    /// <summary>Begins a conversation that keeps its own history.</summary>
    /// <param name="options">The defaults of its turns: <see cref="ChatOptions.Instructions"/> is the system prompt. Null: none. They are copied.</param>
    public ChatSession CreateSession(ChatOptions? options = null) => CreateSession([], options);

    /// <summary>Goes on with a conversation.</summary>
    /// <param name="history">What was said, oldest message first. It is copied.</param>
    /// <param name="options">The defaults of its turns; null: none. They are copied.</param>
    public ChatSession CreateSession(IEnumerable<ChatMessage> history, ChatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        return new ChatSession(this, LocalChatOptions.Copy(options), ChatSession.Copy(history));
    }

    /// <summary>Loads a session that <see cref="ChatSession.SaveAsync(string, bool, CancellationToken)"/> saved.</summary>
    /// <remarks>
    /// Where it was saved with its KV state, the model must be the one that it was saved with, loaded in the same way, and its next
    /// turn computes only what is new. Without the state any model can go on with it. A state goes into llama.cpp's memory as it
    /// is: its checksum tells damage, not forgery, so load the states of files that you trust.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="restoreState">Whether to restore the KV state, if the file has one. Default true. Where not, it is computed anew.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="SessionMismatchException">The KV state is of another model, or of one that was loaded otherwise.</exception>
    /// <exception cref="SessionFormatException">The file is no saved session, is damaged, or is newer than this version of LocalLlm.</exception>
    /// <exception cref="NotEnoughMemoryException">There is no memory to read the KV state into.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public async Task<ChatSession> LoadSessionAsync(string path, bool restoreState = true, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await using (file.ConfigureAwait(false))
        {
            return await LoadSessionAsync(file, restoreState, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Loads a session from a stream, which is read from where it stands to its end and left open.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="restoreState">Whether to restore the KV state, if there is one. Default true. Where not, it is computed anew.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <inheritdoc cref="LoadSessionAsync(string, bool, CancellationToken)"/>
    public async Task<ChatSession> LoadSessionAsync(Stream stream, bool restoreState = true, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _engine.ThrowIfEnded();
        using SessionReader reader = new(stream, isAsync: true);
        SessionDocument document = await reader.ReadDocumentAsync(cancellationToken).ConfigureAwait(false);
        LocalChatOptions options = document.ReadOptions();
        ChatSession session = new(this, options, document.ReadMessages());
        if (restoreState)
        {
            await RestoreStateAsync(reader, document, options, isAsync: true, cancellationToken).ConfigureAwait(false);
        }

        return session;
    }

    /// <summary>What a session's KV state depends on.</summary>
    internal SessionIdentity IdentityOf(LocalChatOptions options)
    {
        // Tools are not saved, and a model may have another template for them.
        string template = _chatTemplate.Input([], new LocalChatOptions { TemplateOptions = options.TemplateOptions }).Source;
        return new SessionIdentity(
            Info.Name, Info.FileType, Info.Fingerprint, NativeRuntime.Load().Release, Plan.KvCacheType, Plan.FlashAttention,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(template))));
    }

    /// <summary>Copies what the KV cache holds of a conversation; null where it holds nothing of it.</summary>
    internal async Task<KvState?> CopyStateAsync(ChatMessage[] messages, LocalChatOptions options, CancellationToken cancellationToken)
    {
        if (messages.Length == 0)
        {
            return null;
        }

        try
        {
            int[] tokens = await TokenizeHistoryAsync(messages, options, cancellationToken).ConfigureAwait(false);
            return await _engine.ServeAsync(new SaveRequest(tokens), cancellationToken).ConfigureAwait(false);
        }
        catch (ChatTemplateException)
        {
            // A history that the template takes no more, as of a system message alone, was not computed either.
            return null;
        }
    }

    /// <summary>Frees what the KV cache holds of a conversation that was saved.</summary>
    internal Task DropStateAsync(KvStateLayout saved, CancellationToken cancellationToken) => _engine.ServeAsync(new DropRequest(saved.Tokens), cancellationToken);

    /// <summary>Puts a saved KV state back.</summary>
    /// <param name="path">The session's file.</param>
    /// <param name="options">The session's options.</param>
    /// <param name="isAsync">Whether the task returned may be incomplete.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal async Task RestoreStateAsync(string path, LocalChatOptions options, bool isAsync, CancellationToken cancellationToken)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        using SessionReader reader = new(file, isAsync);
        SessionDocument document = await reader.ReadDocumentAsync(cancellationToken).ConfigureAwait(false);
        await RestoreStateAsync(reader, document, options, isAsync, cancellationToken).ConfigureAwait(false);
    }

    private async Task RestoreStateAsync(SessionReader reader, SessionDocument document, LocalChatOptions options, bool isAsync, CancellationToken cancellationToken)
    {
        if (document.State is not { } layout)
        {
            return;
        }

        ThrowUnlessFits(document.Identity!, layout, options);
        RestoreRequest request = new(await reader.ReadStateAsync(layout, cancellationToken).ConfigureAwait(false));
        if (isAsync)
        {
            await _engine.ServeAsync(request, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _engine.Serve(request, cancellationToken);
        }
    }

    private Task<int[]> TokenizeHistoryAsync(ChatMessage[] messages, LocalChatOptions options, CancellationToken cancellationToken)
    {
        LocalChatOptions history = LocalChatOptions.Copy(options);
        history.TemplateOptions = (history.TemplateOptions ?? new TemplateOptions()) with { AddGenerationPrompt = false };
        GenerationOptions limits = new() { MaxOutputTokens = options.MaxOutputTokens, Overflow = options.Overflow ?? OverflowPolicy.Throw };
        return Task.Run(() => FitPrompt(_chatTemplate.Input(messages, history), limits, cancellationToken).Tokens, cancellationToken);
    }

    private void ThrowUnlessFits(SessionIdentity saved, KvStateLayout layout, LocalChatOptions options)
    {
        saved.ThrowUnlessEqual(IdentityOf(options));
        if (layout.Tokens.Length > _engine.ContextLength)
        {
            throw new SessionMismatchException("contextLength", $"at least {layout.Tokens.Length}", $"{_engine.ContextLength}");
        }

        try
        {
            _vocabulary.ThrowIfOutOfRange(layout.Tokens);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new SessionFormatException($"The saved session is damaged: {e.Message}", e);
        }
    }
}
