using LocalLlm.Chat.Sessions;
using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm;

public sealed partial class ChatSession
{
    private HibernationFile? _hibernation;

    /// <summary>Saves the session as JSON: its history and its options. <see cref="LocalModel.LoadSessionAsync(string, bool, CancellationToken)"/> loads it.</summary>
    /// <remarks>
    /// Tools are code and are not saved: pass them again, with the calls. While a turn runs, the history before it is saved. What a
    /// tool returned is saved as JSON.
    /// </remarks>
    /// <param name="path">The file. It is replaced when the new one is complete.</param>
    /// <param name="includeState">
    /// Saves what the KV cache still holds of the conversation too, behind the JSON, so that the loaded session computes only what
    /// is new. It can be large: <see cref="OffloadPlan"/> tells the bytes of a context. Default false.
    /// </param>
    /// <param name="cancellationToken">Stops it; nothing is written then.</param>
    /// <exception cref="NotEnoughMemoryException">There is no memory for a copy of the KV state.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="NotSupportedException">A message or an additional property holds what can't be written as JSON.</exception>
    /// <exception cref="ObjectDisposedException">The session or its model is disposed.</exception>
    public async Task SaveAsync(string path, bool includeState = false, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (SessionDocument document, KvState? state) = await DescribeAsync(includeState, cancellationToken).ConfigureAwait(false);
        using (state)
        {
            await SessionWriter.WriteAsync(path, document, state, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Saves the session to a stream, which is left open.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="includeState">Saves what the KV cache still holds of the conversation too. Default false.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <inheritdoc cref="SaveAsync(string, bool, CancellationToken)"/>
    public async Task SaveAsync(Stream stream, bool includeState = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        (SessionDocument document, KvState? state) = await DescribeAsync(includeState, cancellationToken).ConfigureAwait(false);
        using (state)
        {
            await SessionWriter.WriteAsync(stream, document, state, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Saves the session with its KV state and frees its place in the KV cache. The next call that needs the state brings it
    /// back. A session that is saved so already stays as it is.
    /// </summary>
    /// <param name="path">The file, which stays. Null: one of its own in the folder for temporary files, for this user only, which is deleted when the session wakes or is disposed.</param>
    /// <param name="cancellationToken">Stops it. The session stays awake then.</param>
    /// <exception cref="InvalidOperationException">The session is busy with a turn.</exception>
    /// <inheritdoc cref="SaveAsync(string, bool, CancellationToken)" path="/exception"/>
    public async Task HibernateAsync(string? path = null, CancellationToken cancellationToken = default)
    {
        using Turn turn = new Turn(this, _messages, []).Begin();
        if (_hibernation is not null)
        {
            return;
        }

        HibernationFile file = HibernationFile.Create(path);
        try
        {
            (SessionDocument document, KvState? state) = await DescribeAsync(includeState: true, cancellationToken).ConfigureAwait(false);
            using (state)
            {
                await SessionWriter.WriteAsync(file.Path, document, state, cancellationToken).ConfigureAwait(false);
                if (state is not null)
                {
                    await _model.DropStateAsync(state.Layout, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch
        {
            file.Delete();
            throw;
        }

        // A full fence: Dispose, at the same time, sees the file or is seen.
        Interlocked.Exchange(ref _hibernation, file);
        if (_isDisposed)
        {
            Dispose();
        }
    }

    private async Task<(SessionDocument Document, KvState? State)> DescribeAsync(bool includeState, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ChatMessage[] messages = _messages;
        if (includeState && _hibernation is not null)
        {
            using Turn turn = new Turn(this, _messages, []).Begin();
            await WakeAsync(isAsync: true, cancellationToken).ConfigureAwait(false);
        }

        KvState? state = includeState ? await _model.CopyStateAsync(messages, _lastOptions, cancellationToken).ConfigureAwait(false) : null;
        try
        {
            return (SessionDocument.Of(state is null ? null : _model.IdentityOf(_options), _options, messages, state?.Layout), state);
        }
        catch
        {
            state?.Dispose();
            throw;
        }
    }

    /// <summary>Brings a hibernated session's state back. A file that can't be used is given up: the history is computed anew by the call after this one.</summary>
    private async Task WakeAsync(bool isAsync, CancellationToken cancellationToken)
    {
        if (_hibernation is not { } file)
        {
            return;
        }

        try
        {
            await _model.RestoreStateAsync(file.Path, _options, isAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception passing) when (passing is OperationCanceledException or NotEnoughMemoryException)
        {
            throw;
        }
        catch
        {
            GiveUp();
            throw;
        }

        GiveUp();

        void GiveUp()
        {
            _hibernation = null;
            file.Delete();
        }
    }
}
