using System.Runtime.CompilerServices;
using LocalLlm.Inference;

namespace LocalLlm;

public sealed partial class LocalModel
{
    /// <summary>Continues a text, without any template.</summary>
    /// <param name="prompt">The text to continue. Control tokens in it are read as such.</param>
    /// <param name="options">How to generate; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the generation.</param>
    /// <exception cref="ContextOverflowException">The prompt leaves no room for an answer.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed, or was while the call ran.</exception>
    /// <exception cref="GrammarException">The grammar is not valid, or no token of the model fits it.</exception>
    /// <exception cref="ArgumentException">The prompt has no tokens, or an option's value is not valid.</exception>
    /// <exception cref="LocalLlmException">No token can be drawn, since all are banned or the model's logits are not numbers.</exception>
    public GenerateReply Generate(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = Validated(prompt, options);
        using GenerationCall call = Start(prompt, options, cancellationToken);
        return call.ReadToEnd();
    }

    /// <summary>Continues a prompt that is given as tokens of this model.</summary>
    /// <param name="promptTokens">The tokens to continue, as they are: nothing is added.</param>
    /// <param name="options">How to generate; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the generation.</param>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    /// <inheritdoc cref="Generate(string, GenerationOptions?, CancellationToken)" path="/exception"/>
    public GenerateReply Generate(IReadOnlyList<int> promptTokens, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        int[] prompt = Validated(promptTokens);
        options = Validated(options);
        using GenerationCall call = Start(prompt, options, cancellationToken);
        return call.ReadToEnd();
    }

    /// <inheritdoc cref="Generate(string, GenerationOptions?, CancellationToken)"/>
    public Task<GenerateReply> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = Validated(prompt, options);
        return ReadAsync(() => Start(prompt, options, cancellationToken), cancellationToken);
    }

    /// <inheritdoc cref="Generate(IReadOnlyList{int}, GenerationOptions?, CancellationToken)"/>
    public Task<GenerateReply> GenerateAsync(IReadOnlyList<int> promptTokens, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        int[] prompt = Validated(promptTokens);
        options = Validated(options);
        return ReadAsync(() => Start(prompt, options, cancellationToken), cancellationToken);
    }

    /// <summary>Continues a text, without any template, and hands out the text as it comes.</summary>
    /// <inheritdoc cref="Generate(string, GenerationOptions?, CancellationToken)"/>
    /// <returns>Pieces of whole characters. Leaving the loop ends the generation.</returns>
    public IAsyncEnumerable<string> GenerateStreamingAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = Validated(prompt, options);
        return Stream(token => Start(prompt, WithoutLogProbabilities(options), token), cancellationToken);
    }

    /// <summary>Continues a prompt that is given as tokens of this model, and hands out the text as it comes.</summary>
    /// <inheritdoc cref="Generate(IReadOnlyList{int}, GenerationOptions?, CancellationToken)"/>
    /// <returns>Pieces of whole characters. Leaving the loop ends the generation.</returns>
    public IAsyncEnumerable<string> GenerateStreamingAsync(IReadOnlyList<int> promptTokens, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        int[] prompt = Validated(promptTokens);
        options = Validated(options);
        return Stream(token => Start(prompt, WithoutLogProbabilities(options), token), cancellationToken);
    }

    private GenerationOptions Validated(string prompt, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Validated(options);
    }

    // Pieces of text have no place for them.
    private static GenerationOptions WithoutLogProbabilities(GenerationOptions options) => options with { LogProbabilities = null };

    private GenerationOptions Validated(GenerationOptions? options)
    {
        options ??= new GenerationOptions();
        options.Validate(_vocabulary);
        return options.Overflow is OverflowPolicy.Throw or OverflowPolicy.Shift
            ? options
            : throw new ArgumentException($"{options.Overflow} leaves out messages, of which a text has none: {nameof(OverflowPolicy.Throw)} and {nameof(OverflowPolicy.Shift)} are for texts.", nameof(options));
    }

    // A copy: the caller's list may change while the call runs.
    private int[] Validated(IReadOnlyList<int> promptTokens)
    {
        ArgumentNullException.ThrowIfNull(promptTokens);
        int[] prompt = [.. promptTokens];
        _vocabulary.ThrowIfOutOfRange(prompt);
        return prompt;
    }

    private static async IAsyncEnumerable<string> Stream(Func<CancellationToken, GenerationCall> start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using GenerationCall call = await Task.Run(() => start(cancellationToken), cancellationToken).ConfigureAwait(false);
        while (await call.Stream.WaitToReadAsync().ConfigureAwait(false))
        {
            while (call.Stream.TryRead(out GeneratedPiece piece))
            {
                if (piece.Text is { } text)
                {
                    yield return text;
                }
            }
        }
    }

    // Tokenizing a long prompt is work: it must not run on the thread of an asynchronous caller.
    private static async Task<GenerateReply> ReadAsync(Func<GenerationCall> start, CancellationToken cancellationToken)
    {
        using GenerationCall call = await Task.Run(start, cancellationToken).ConfigureAwait(false);
        return await call.ReadToEndAsync().ConfigureAwait(false);
    }

    private GenerationCall Start(string prompt, GenerationOptions options, CancellationToken cancellationToken)
    {
        _engine.ThrowIfEnded();
        return Start(_vocabulary.Tokenize(prompt, addSpecial: true, parseSpecial: true), options, cancellationToken);
    }

    private GenerationCall Start(int[] prompt, GenerationOptions options, CancellationToken cancellationToken, IReadOnlySet<int>? shownTokens = null)
    {
        if (prompt.Length == 0)
        {
            throw new ArgumentException("The prompt has no tokens, and this model adds none of its own: there is nothing to continue.", nameof(prompt));
        }

        GenerationRequest request = options.ToRequest(prompt, _samplingDefaults, _engine.ContextLength, _vocabulary) with { ShownTokens = shownTokens };
        if (request.Sampling.Dry is { } dry)
        {
            // Here, where it holds up nobody else.
            _vocabulary.DrySamplers.Prepare(dry);
        }

        return new GenerationCall(_engine, request, cancellationToken);
    }
}
