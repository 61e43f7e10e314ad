using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LocalLlm.Cli;

/// <summary>A chat that remembers, and what a person can do with it.</summary>
internal sealed class Conversation(LocalModel model, LocalChatOptions options, string? system)
{
    private ChatSession _session = model.CreateSession(With(options, system));

    internal LocalModel Model => model;

    /// <summary>Instructions that the whole conversation follows.</summary>
    internal string? System
    {
        get => _session.Options.Instructions;
        set => _session = model.CreateSession(_session.Messages, With(_session.Options, value));
    }

    /// <summary>The figures of the last answer that came to its end.</summary>
    internal Timings? LastTimings { get; private set; }

    /// <summary>How many tokens the conversation has so far, as the model will see it.</summary>
    internal int CountTokens() => _session.Messages.Count == 0 && System is null ? 0 : model.CountTokens(_session.Messages, _session.Options);

    internal void Reset()
    {
        _session = model.CreateSession(_session.Options);
        LastTimings = null;
    }

    internal void Undo(int turns) => _session.Undo(turns);

    internal Task SaveAsync(string path) => _session.SaveAsync(path);

    internal async Task LoadAsync(string path)
    {
        _session = await model.LoadSessionAsync(path);
        LastTimings = null;
    }

    /// <summary>Streams the answer. What came of it is remembered, also when it was stopped; a question without any answer is not.</summary>
    internal IAsyncEnumerable<ChatResponseUpdate> AskAsync(string question, CancellationToken cancellationToken) =>
        RememberAsync([.. _session.Messages, new(ChatRole.User, question)], _session.SendStreamingAsync(question, cancellationToken: cancellationToken), cancellationToken);

    /// <summary>Streams another answer to the last question.</summary>
    internal IAsyncEnumerable<ChatResponseUpdate> RegenerateAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ChatMessage> messages = _session.Messages;
        int question = messages.Count - 1 - messages.Reverse().TakeWhile(m => m.Role == ChatRole.Assistant).Count();
        return RememberAsync([.. messages.Take(question + 1)], _session.RegenerateStreamingAsync(cancellationToken: cancellationToken), cancellationToken);
    }

    private static LocalChatOptions With(LocalChatOptions options, string? system)
    {
        LocalChatOptions changed = (LocalChatOptions)options.Clone();
        changed.Instructions = string.IsNullOrWhiteSpace(system) ? null : system;
        return changed;
    }

    private async IAsyncEnumerable<ChatResponseUpdate> RememberAsync(
        List<ChatMessage> asked, IAsyncEnumerable<ChatResponseUpdate> answer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<ChatResponseUpdate> updates = [];
        try
        {
            await foreach (ChatResponseUpdate update in answer.WithCancellation(cancellationToken))
            {
                updates.Add(update);
                yield return update;
            }
        }
        finally
        {
            if (updates is [.., { FinishReason: not null, RawRepresentation: Timings timings }])
            {
                LastTimings = timings;
            }
            else if (updates.Count > 0)
            {
                // A session forgets a turn that was stopped; a person goes on from what can be read.
                asked.AddMessages(updates);
                _session = model.CreateSession(asked, _session.Options);
            }
        }
    }
}
