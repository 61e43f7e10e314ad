using LocalLlm.Inference;

namespace LocalLlm.Evaluation;

/// <summary>
/// A text in chunks as llama-perplexity has it (tools/perplexity/perplexity.cpp): each is read for itself, begins with the
/// model's begin token in place of its own first one, and only its second half is scored, where the model has some context.
/// </summary>
internal sealed class TextChunks
{
    private readonly int[] _tokens;
    private readonly int _length;

    /// <param name="vocabulary">Cuts the text into tokens.</param>
    /// <param name="text">The text.</param>
    /// <param name="length">The length of a chunk, in tokens.</param>
    /// <exception cref="TextTooShortException">The text has less than two chunks.</exception>
    internal TextChunks(Vocabulary vocabulary, string text, int length)
    {
        _tokens = vocabulary.Tokenize(text, addSpecial: true, parseSpecial: false);
        _length = length;
        if (_tokens.Length < 2L * length)
        {
            throw new TextTooShortException(_tokens.Length, checked(2 * length));
        }

        Count = _tokens.Length / length;
        if (vocabulary.AddsBeginOfSequence)
        {
            for (int chunk = 0; chunk < Count; chunk++)
            {
                _tokens[chunk * length] = vocabulary.BeginOfSequence;
            }
        }
    }

    /// <summary>How many chunks there are.</summary>
    internal int Count { get; }

    /// <summary>Tokens of the whole text.</summary>
    internal int TokenCount => _tokens.Length;

    /// <summary>Tokens of a chunk that are scored.</summary>
    internal int ScoredPerChunk => _length - First - 1;

    // The first token whose successor is scored.
    private int First => _length / 2;

    /// <summary>Whether another vocabulary has made the same tokens of the text.</summary>
    internal bool IsSameAs(TextChunks other) => _tokens.AsSpan().SequenceEqual(other._tokens);

    /// <summary>Cuts a chunk into pieces.</summary>
    /// <param name="chunk">The chunk, from 0.</param>
    /// <param name="most">The most tokens of a piece.</param>
    internal IEnumerable<TextPiece> Pieces(int chunk, int most)
    {
        ReadOnlyMemory<int> tokens = _tokens.AsMemory(chunk * _length, _length);
        for (int start = 0; start < _length; start += most)
        {
            int end = Math.Min(start + most, _length);
            int first = Math.Clamp(First, start, end);
            // Nothing follows the chunk's last token.
            int last = Math.Max(first, Math.Min(end, _length - 1));
            yield return new TextPiece(tokens[start..end], start, first - start, tokens.Slice(Math.Min(first + 1, _length), last - first));
        }
    }
}
