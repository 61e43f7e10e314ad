using System.Text;

namespace LocalLlm.Inference;

/// <summary>The caller's side of one generation. Disposing it before the end abandons the generation and frees its sequence.</summary>
internal sealed class GenerationCall : IDisposable
{
    private readonly Engine _engine;
    private readonly Generation _generation;
    private readonly CancellationTokenRegistration _registration;

    /// <summary>Queues the request.</summary>
    internal GenerationCall(Engine engine, GenerationRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _engine = engine;
        _generation = engine.Submit(request);
        _registration = cancellationToken.UnsafeRegister(
            static (call, token) => ((GenerationCall)call!).Cancel(new OperationCanceledException(token)), this);
    }

    /// <summary>What the engine has generated, to read as it comes.</summary>
    internal TokenStream Stream => _generation.Stream;

    /// <summary>Blocks until the end.</summary>
    /// <param name="see">Sees each piece; null: nobody does.</param>
    internal GenerateReply ReadToEnd(Action<GeneratedPiece>? see = null)
    {
        ReplyBuilder reply = new(_generation.TellsLogProbabilities, see);
        Stream.WakesAtEndOnly = true;
        while (Stream.WaitToRead())
        {
            reply.Append(Stream);
        }

        return reply.Build(Stream.End);
    }

    /// <summary>Waits for the end.</summary>
    /// <param name="see">Sees each piece; null: nobody does.</param>
    internal async Task<GenerateReply> ReadToEndAsync(Action<GeneratedPiece>? see = null)
    {
        ReplyBuilder reply = new(_generation.TellsLogProbabilities, see);
        Stream.WakesAtEndOnly = true;
        while (await Stream.WaitToReadAsync().ConfigureAwait(false))
        {
            reply.Append(Stream);
        }

        return reply.Build(Stream.End);
    }

    public void Dispose()
    {
        _registration.Dispose();
        if (!Stream.IsComplete)
        {
            Cancel(new OperationCanceledException());
        }
    }

    private void Cancel(Exception reason) => _engine.Cancel(_generation, reason);

    private sealed class ReplyBuilder(bool tellsLogProbabilities, Action<GeneratedPiece>? see)
    {
        private readonly StringBuilder _text = new();
        private readonly List<int> _tokens = [];
        private readonly List<TokenLogProbability>? _logProbabilities = tellsLogProbabilities ? [] : null;

        internal void Append(TokenStream stream)
        {
            while (stream.TryRead(out GeneratedPiece piece))
            {
                see?.Invoke(piece);
                _text.Append(piece.Text);
                if (piece.Token >= 0)
                {
                    _tokens.Add(piece.Token);
                }

                if (piece.LogProbability is { } logProbability)
                {
                    _logProbabilities?.Add(logProbability);
                }
            }
        }

        internal GenerateReply Build(GenerationEnd end) => new(_text.ToString(), _tokens, _logProbabilities, end);
    }
}
