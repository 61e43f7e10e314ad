using Microsoft.Extensions.AI;

namespace LocalLlm;

public sealed partial class ChatSession
{
    /// <summary>One change of the history: nothing else changes it from its beginning to its end, and only its success does.</summary>
    /// <param name="session">The session.</param>
    /// <param name="before">The history from which it was made.</param>
    /// <param name="asked">The history that is answered.</param>
    private sealed class Turn(ChatSession session, ChatMessage[] before, ChatMessage[] asked) : IDisposable
    {
        private bool _isRunning;

        /// <summary>The history that is answered.</summary>
        internal ChatMessage[] Asked => asked;

        /// <exception cref="InvalidOperationException">Another one runs, or has come between.</exception>
        internal Turn Begin()
        {
            ObjectDisposedException.ThrowIf(session._isDisposed, session);
            if (Interlocked.CompareExchange(ref session._isBusy, 1, 0) != 0)
            {
                throw new InvalidOperationException($"The session is busy with another turn: its turns come one after the other. For several lines of one conversation use {nameof(Branch)}.");
            }

            _isRunning = true;
            if (session._messages != before)
            {
                Dispose();
                throw new InvalidOperationException("The session's history has changed since this call was made: an answer is streamed once, and before the next turn begins.");
            }

            return this;
        }

        internal void Commit(ChatResponse answer, LocalChatOptions options)
        {
            if (!session._isDisposed)
            {
                session._messages = [.. asked, .. Copy(answer.Messages)];
                session._lastOptions = options;
            }
        }

        public void Dispose()
        {
            if (_isRunning)
            {
                _isRunning = false;
                Volatile.Write(ref session._isBusy, 0);
            }
        }
    }
}
