using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>The functions that an answer may call, and whether it must.</summary>
/// <param name="Functions">What the model is told of; never empty.</param>
/// <param name="IsRequired">The answer is a call.</param>
/// <param name="RequiredName">The one function that it calls; null: any of them.</param>
/// <param name="AllowsSeveral">It may call more than once.</param>
internal sealed record ToolChoice(IReadOnlyList<AIFunctionDeclaration> Functions, bool IsRequired, string? RequiredName, bool AllowsSeveral)
{
    /// <summary>What the options say; null where nothing may be called. Other kinds of tool are passed over.</summary>
    /// <exception cref="ArgumentException">A call is required of a function that is not there, or two have one name.</exception>
    internal static ToolChoice? Of(ChatOptions? options)
    {
        if (options?.ToolMode is NoneChatToolMode)
        {
            return null;
        }

        AIFunctionDeclaration[] functions = [.. options?.Tools?.OfType<AIFunctionDeclaration>() ?? []];
        RequiredChatToolMode? required = options?.ToolMode as RequiredChatToolMode;
        if (required is not null && !functions.Any(f => required.RequiredFunctionName is null || f.Name == required.RequiredFunctionName))
        {
            throw new ArgumentException(
                $"{nameof(ChatOptions.ToolMode)} requires a call of {required.RequiredFunctionName ?? "a function"}, but {nameof(ChatOptions.Tools)} has " +
                (functions.Length == 0 ? "none." : $"only {string.Join(", ", functions.Select(f => f.Name))}."),
                nameof(options));
        }

        if (functions.GroupBy(f => f.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"{nameof(ChatOptions.Tools)} has {twice.Count()} functions named {twice.Key}.", nameof(options));
        }

        return functions.Length == 0
            ? null
            : new ToolChoice(functions, required is not null, required?.RequiredFunctionName, options!.AllowMultipleToolCalls != false);
    }
}
