using System.Globalization;
using System.Runtime.ExceptionServices;

namespace LocalLlm.Inference;

/// <summary>
/// Runs the tokenizer where it has the stack that a text needs. Several pre-tokenizers match with std::regex, which
/// recurses for every character of an unbroken run (of letters, of digits, of spaces): some 26,000 of them overflow
/// 8 MiB, and the process is gone.
/// </summary>
internal static class TokenizerStack
{
    private const int SafeRun = 1_000;
    private const int BytesPerCharacter = 1_024;
    private const int LongestRun = 1_000_000;

    /// <exception cref="LocalLlmException">A run is longer than any stack should be.</exception>
    internal static T Run<T>(string text, Func<T> tokenize)
    {
        int run = text.Length <= SafeRun ? 0 : FindLongestRun(text);
        if (run <= SafeRun)
        {
            return tokenize();
        }

        if (run > LongestRun)
        {
            throw new LocalLlmException($"The text has {run} characters of one kind in a row, which no tokenizer can take safely: at most {LongestRun}. Break it up.");
        }

        return RunOnLargeStack(tokenize, (run * BytesPerCharacter) + (1 << 20));
    }

    private static T RunOnLargeStack<T>(Func<T> tokenize, int stackBytes)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(
            () =>
            {
                try
                {
                    result = tokenize();
                }
                catch (Exception thrown)
                {
                    failure = ExceptionDispatchInfo.Capture(thrown);
                }
            },
            stackBytes);
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    private static int FindLongestRun(string text)
    {
        int longest = 0;
        int start = 0;
        int kind = -1;
        for (int i = 0; i < text.Length; i++)
        {
            int next = Kind(text[i]);
            if (next != kind)
            {
                (start, kind) = (i, next);
            }

            longest = Math.Max(longest, i + 1 - start);
        }

        return longest;
    }

    private static int Kind(char character) =>
        char.IsWhiteSpace(character) ? 0
        : char.IsDigit(character) ? 1
        : char.IsLetter(character) || char.IsSurrogate(character) || char.GetUnicodeCategory(character) == UnicodeCategory.NonSpacingMark ? 2
        : 3;
}
