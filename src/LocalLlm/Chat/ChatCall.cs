using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>One running chat call. Disposing it before the end abandons it.</summary>
internal sealed class ChatCall(GenerationCall call, ChatUpdates updates) : IDisposable
{
    /// <summary>Blocks until the end.</summary>
    internal ChatReply ReadToEnd()
    {
        List<ChatResponseUpdate> collected = [];
        return Collect(collected, call.ReadToEnd(piece => Add(piece, collected)));
    }

    /// <summary>Waits for the end.</summary>
    internal async Task<ChatReply> ReadToEndAsync()
    {
        List<ChatResponseUpdate> collected = [];
        return Collect(collected, await call.ReadToEndAsync(piece => Add(piece, collected)).ConfigureAwait(false));
    }

    /// <summary>The answer as it comes.</summary>
    internal async IAsyncEnumerable<ChatResponseUpdate> ReadAsync()
    {
        while (await call.Stream.WaitToReadAsync().ConfigureAwait(false))
        {
            while (call.Stream.TryRead(out GeneratedPiece piece))
            {
                if (updates.Of(piece) is { } update)
                {
                    yield return update;
                }
            }
        }

        foreach (ChatResponseUpdate update in updates.Complete(call.Stream.End))
        {
            yield return update;
        }
    }

    public void Dispose() => call.Dispose();

    private void Add(in GeneratedPiece piece, List<ChatResponseUpdate> collected)
    {
        if (updates.Of(piece) is { } update)
        {
            collected.Add(update);
        }
    }

    private ChatReply Collect(List<ChatResponseUpdate> collected, GenerateReply reply)
    {
        collected.AddRange(updates.Complete(call.Stream.End));
        return new ChatReply(collected.ToChatResponse(), reply);
    }
}
