using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LocalLlm.Cli;

/// <summary>A chat that remembers: the system message and all turns so far.</summary>
internal sealed class Conversation(LocalModel model, LocalChatOptions options, string? system)
{
    private readonly List<ChatMessage> _turns = [];

    internal LocalModel Model => model;

    internal string? System { get; set; } = system;

    /// <summary>What the model was told and has said so far, as it will see it.</summary>
    internal IEnumerable<ChatMessage> History => string.IsNullOrWhiteSpace(System) ? _turns : _turns.Prepend(new ChatMessage(ChatRole.System, System));

    /// <summary>The figures of the last answer that came to its end.</summary>
    internal Timings? LastTimings { get; private set; }

    internal void Reset()
    {
        _turns.Clear();
        LastTimings = null;
    }

    /// <summary>Streams the answer. What came of it is remembered, also when it was stopped; a question without any answer is not.</summary>
    internal async IAsyncEnumerable<string> AskAsync(string question, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _turns.Add(new ChatMessage(ChatRole.User, question));
        List<ChatResponseUpdate> updates = [];
        try
        {
            await foreach (ChatResponseUpdate update in model.ChatStreamingAsync(History, options, cancellationToken))
            {
                updates.Add(update);
                yield return update.Text;
            }
        }
        finally
        {
            Remember(updates);
        }
    }

    private void Remember(List<ChatResponseUpdate> updates)
    {
        if (updates.Count == 0)
        {
            _turns.RemoveAt(_turns.Count - 1);
            return;
        }
        _turns.AddMessages(updates);
        LastTimings = updates[^1].RawRepresentation as Timings;
    }
}
