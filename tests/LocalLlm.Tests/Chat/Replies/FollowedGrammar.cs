using LocalLlm.Inference;

namespace LocalLlm.Tests.Chat.Replies;

/// <summary>A grammar that a reply is read along, as a model with some control tokens would write it.</summary>
internal sealed class FollowedGrammar
{
    private readonly GrammarAutomaton _automaton;
    private readonly (string Text, int Id)[] _tokens;

    internal FollowedGrammar(string gbnf, IEnumerable<(string Text, int Id)> controlTokens)
    {
        Grammar grammar = Grammar.Parse(gbnf);
        _automaton = new GrammarAutomaton(grammar.Program, [.. grammar.Program.Tokens.Select(t => t.Id!.Value)], grammar.Root.Index);
        _tokens = [.. controlTokens.OrderByDescending(t => t.Text.Length)];
        State = _automaton.Start;
    }

    internal GrammarState State { get; private set; }

    /// <summary>Goes on with a text, its control tokens as tokens; returns how much of it is allowed.</summary>
    internal int Follow(string text)
    {
        int at = 0;
        while (at < text.Length)
        {
            _automaton.BeginCall();
            GrammarState next;
            int length;
            if (Array.Find(_tokens, t => string.CompareOrdinal(text, at, t.Text, 0, t.Text.Length) == 0) is { Text: { } token, Id: var id })
            {
                length = token.Length;
                next = _automaton.AfterToken(State, id, isText: false);
            }
            else
            {
                length = at + 1 < text.Length && char.IsSurrogatePair(text, at) ? 2 : 1;
                next = _automaton.After(State, default, char.ConvertToUtf32(text, at));
            }

            if (next.IsDead)
            {
                return at;
            }

            State = next;
            at += length;
        }

        return at;
    }
}
