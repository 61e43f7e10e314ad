using LocalLlm.Chat.Templating;
using LocalLlm.Inference;

namespace LocalLlm.Chat;

/// <summary>
/// From a rendered prompt to its tokens. Markup, such as a control token, counts only where all of its text is the
/// template's; what content spells stays text. All else is as if llama.cpp had tokenized the prompt in one call.
/// </summary>
internal sealed class PromptTokenizer(Vocabulary vocabulary)
{
    // No vocabulary has it in a token with others, so nothing merges across it.
    private const string Noncharacter = "\U0010FFFE";

    private int[]? _ends;
    private int[]? _noncharacter;

    /// <summary>The tokens that begin and end every text.</summary>
    private int[] Ends => LazyInitializer.EnsureInitialized(ref _ends, () => vocabulary.Tokenize("", addSpecial: true, parseSpecial: false));

    private int[] NoncharacterTokens => LazyInitializer.EnsureInitialized(ref _noncharacter, () => vocabulary.Tokenize(Noncharacter, addSpecial: false, parseSpecial: false));

    internal int[] Tokenize(Rendering prompt)
    {
        bool[] isContent = MarkContent(prompt);
        (int Start, AddedToken Token)[] spelled = [.. vocabulary.AddedTokens.FindMarkup(prompt.Text)];
        List<Part> parts = Divide(prompt.Text, isContent, [.. spelled.Select(m => m.Token)]);
        if (Array.Exists(spelled, m => isContent.AsSpan(m.Start, m.Token.Text.Length).Contains(true)))
        {
            return WithOneBeginning(TokenizeParts(prompt.Text, isContent, parts));
        }

        // Nothing of it should be more than the template's. A tokenizer that changes text before it looks at it could make more.
        int[] tokens = vocabulary.Tokenize(prompt.Text, addSpecial: true, parseSpecial: true);
        int markup = Ends.Count(vocabulary.AddedTokens.IsMarkup) + parts.Count(p => p.Token is { } token && vocabulary.AddedTokens.IsMarkup(token));
        return WithOneBeginning(tokens.Count(vocabulary.AddedTokens.IsMarkup) == markup ? tokens : TokenizeParts(prompt.Text, isContent, parts));
    }

    private static bool[] MarkContent(Rendering prompt)
    {
        bool[] isContent = new bool[prompt.Text.Length];
        foreach ((int start, int length) in prompt.Content)
        {
            isContent.AsSpan(start, length).Fill(true);
        }

        return isContent;
    }

    private int[] TokenizeParts(string text, bool[] isContent, List<Part> parts)
    {
        int before = vocabulary.AddsBeginOfSequence && Ends.Length > 0 ? 1 : 0;
        List<int> tokens = [.. Ends.AsSpan(0, before)];
        foreach (Part part in parts)
        {
            if (part.Token is { } token)
            {
                tokens.Add(token);
            }
            else
            {
                tokens.AddRange(TokenizeText(text.Substring(part.Start, part.Length), isContent.AsSpan(part.Start, part.Length)));
            }
        }

        return [.. tokens, .. Ends.AsSpan(before)];
    }

    // As llama.cpp does it: each added token in turn takes its places out of the text that is left.
    private List<Part> Divide(string text, bool[] isContent, HashSet<AddedToken> markup)
    {
        List<Part> parts = [new Part(0, text.Length, null)];
        foreach (AddedToken token in vocabulary.AddedTokens.InMatchOrder.Where(t => t.IsPlain || markup.Contains(t)))
        {
            List<Part> divided = new(parts.Count);
            foreach (Part part in parts)
            {
                if (part.Token is null)
                {
                    Divide(text, isContent, part, token, divided);
                }
                else
                {
                    divided.Add(part);
                }
            }

            parts = divided;
        }

        return parts;
    }

    private static void Divide(string text, bool[] isContent, Part part, AddedToken token, List<Part> divided)
    {
        int end = part.Start + part.Length;
        int start = part.Start;
        for (int from = start; from < end && text.AsSpan(from, end - from).IndexOf(token.Text) is int next and >= 0;)
        {
            int match = from + next;
            if (!token.IsPlain && isContent.AsSpan(match, token.Text.Length).Contains(true))
            {
                from = match + 1;
                continue;
            }

            int left = match;
            while (token.StripsLeft && left > start && IsSpace(text[left - 1]))
            {
                left--;
            }

            if (left > start)
            {
                divided.Add(new Part(start, left - start, null));
            }

            divided.Add(new Part(match, token.Text.Length, token.Id));
            start = match + token.Text.Length;
            while (token.StripsRight && start < end && IsSpace(text[start]))
            {
                start++;
            }

            from = start;
        }

        if (start < end)
        {
            divided.Add(new Part(start, end - start, null));
        }
    }

    private IEnumerable<int> TokenizeText(string text, ReadOnlySpan<bool> isContent)
    {
        // User-defined tokens would be found in content in any case; control tokens are not looked for.
        int[] tokens = TokenizeCut(text, onlyUserDefined: true);
        if (!isContent.Contains(true) || !Array.Exists(tokens, vocabulary.AddedTokens.IsMarkup))
        {
            return tokens;
        }

        // SentencePiece may merge pieces to a control token. What is left then is the token for unknown characters, in vocabularies where that is a control token.
        return TokenizeCut(text, onlyUserDefined: false).Where(t => !vocabulary.AddedTokens.IsMarkup(t));
    }

    // Every text of markup in it is content's: cut behind its first character, it can't match.
    private int[] TokenizeCut(string text, bool onlyUserDefined)
    {
        List<int> tokens = [];
        int start = 0;
        foreach ((int at, AddedToken token) in vocabulary.AddedTokens.FindMarkup(text))
        {
            int cut = at + token.FirstCharacterLength;
            if ((token.IsUserDefined || !onlyUserDefined) && cut > start && cut < text.Length)
            {
                tokens.AddRange(TokenizePiece(text[start..cut], isFirst: start == 0));
                start = cut;
            }
        }

        tokens.AddRange(TokenizePiece(text[start..], isFirst: start == 0));
        return [.. tokens];
    }

    private ReadOnlySpan<int> TokenizePiece(string text, bool isFirst)
    {
        if (isFirst || !vocabulary.MayPrefixSpace)
        {
            return vocabulary.Tokenize(text, addSpecial: false, parseSpecial: false);
        }

        // The space that the tokenizer puts first must not stand within a text: behind another character it does not.
        int[] character = NoncharacterTokens;
        int[] both = vocabulary.Tokenize(Noncharacter + text, addSpecial: false, parseSpecial: false);
        return both.AsSpan().StartsWith(character) ? both.AsSpan(character.Length) : vocabulary.Tokenize(text, addSpecial: false, parseSpecial: false);
    }

    // A template that writes the beginning of the text itself would give two.
    private int[] WithOneBeginning(int[] tokens)
    {
        int extra = 0;
        while (extra + 1 < tokens.Length && tokens[extra] == vocabulary.BeginOfSequence && tokens[extra + 1] == tokens[extra])
        {
            extra++;
        }

        return tokens[extra..];
    }

    // As isspace does in C.
    private static bool IsSpace(char character) => character is ' ' or (>= '\t' and <= '\r');

    /// <summary>A part of the prompt: a token, or text that is tokenized as one.</summary>
    private readonly record struct Part(int Start, int Length, int? Token);
}
