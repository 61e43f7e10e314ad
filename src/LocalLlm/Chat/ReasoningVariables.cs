using LocalLlm.Chat.Templating;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>What templates call the switches of reasoning. One that a template does not have does nothing.</summary>
internal static class ReasoningVariables
{
    internal static IEnumerable<KeyValuePair<string, TemplateValue>> Of(ReasoningEffort? effort, string template)
    {
        if (effort is not { } asked)
        {
            yield break;
        }

        bool thinks = asked != ReasoningEffort.None;
        yield return new("enable_thinking", thinks);
        yield return new("thinking", thinks);
        yield return new("thinking_mode", thinks ? "enabled" : "disabled");
        if (!thinks)
        {
            yield return new("thinking_budget", 0);
        }

        // A template may refuse a word that it does not know, or print it; the last of each is what most know.
        string[] words = asked switch
        {
            ReasoningEffort.None => ["none", "no_think", "low"],
            ReasoningEffort.Low => ["low"],
            ReasoningEffort.Medium => ["medium", "high"],
            ReasoningEffort.High => ["high"],
            _ => ["max", "xhigh", "high"],
        };
        yield return new("reasoning_effort", words.FirstOrDefault(w => Knows(template, w)) ?? words[^1]);
    }

    private static bool Knows(string template, string word) =>
        template.Contains($"\"{word}\"", StringComparison.Ordinal) || template.Contains($"'{word}'", StringComparison.Ordinal);
}
