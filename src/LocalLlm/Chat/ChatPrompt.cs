using LocalLlm.Inference;

namespace LocalLlm.Chat;

/// <summary>From messages to the tokens of the prompt.</summary>
internal sealed class ChatPrompt(ChatTemplate template, Vocabulary vocabulary)
{
    internal string Render(IReadOnlyList<(string Role, string Text)> turns) => template.Render(turns);

    internal int[] Tokenize(IReadOnlyList<(string Role, string Text)> turns)
    {
        int[] tokens = vocabulary.Tokenize(Render(turns), addSpecial: true, parseSpecial: true);
        // A template that writes the beginning of the text itself would give two.
        bool beginsTwice = tokens.Length > 1 && tokens[0] == vocabulary.BeginOfSequence && tokens[1] == tokens[0];
        return beginsTwice ? tokens[1..] : tokens;
    }
}
