using System.CommandLine;

namespace LocalLlm.Cli;

/// <summary>An option that takes one of a few words, in any case and with - or _ or nothing between.</summary>
/// <remarks>To System.CommandLine it is text: an option of a bool would take no other word than true and false, and say nothing of them.</remarks>
internal sealed class ChoiceOption<T> : Option<string> where T : struct
{
    private readonly (string Word, T Value)[] _choices;

    internal ChoiceOption(string name, string description, params (string Word, T Value)[] choices) : base(name)
    {
        _choices = choices;
        HelpName = string.Join('|', choices.Select(choice => choice.Word));
        Description = description;
        Validators.Add(result =>
        {
            if (result.Tokens is [var given, ..] && Find(given.Value) is null)
            {
                result.AddError($"{Name} takes {string.Join(", ", _choices.SkipLast(1).Select(choice => choice.Word))} or {_choices[^1].Word}, not '{given.Value}'.");
            }
        });
    }

    /// <summary>What was chosen; null where the option is not given.</summary>
    internal T? ChoiceIn(ParseResult parsed) => parsed.GetValue(this) is { } given ? Find(given) : null;

    private T? Find(string given)
    {
        foreach ((string word, T value) in _choices)
        {
            if (Letters(word).Equals(Letters(given), StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }
        return null;
    }

    private static string Letters(string word) => word.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
}
