using System.Globalization;
using Microsoft.Extensions.AI;
using Spectre.Console;

namespace LocalLlm.Cli;

/// <summary>Reads a line, answers it, and so on. Only answers go to standard output; all else is said on standard error.</summary>
internal sealed class ChatLoop(Conversation conversation, bool interactive)
{
    private const string Help =
        "/regen answers again, /undo [N] takes the last turns back, /save FILE and /load FILE keep the conversation, /reset forgets it, " +
        "/system TEXT sets the instructions (no TEXT: none), /stats shows the last answer's figures, /exit leaves. Ctrl+C stops an answer.";

    internal async Task RunAsync()
    {
        if (interactive)
        {
            Screen.Error.MarkupLineInterpolated($"[grey]{conversation.Model.Info.Name}, {conversation.Model.Info.ContextLength} tokens of context. {Help}[/]");
        }
        while (ReadLine() is { } line)
        {
            if (line == "/exit")
            {
                break;
            }
            if (line.Length > 0)
            {
                await TakeAsync(line);
            }
        }
    }

    private string? ReadLine()
    {
        if (interactive)
        {
            Screen.Error.Markup("[green]>[/] ");
        }
        return Console.ReadLine()?.Trim();
    }

    /// <summary>Answers or obeys a line. A person at the terminal can stop it, and goes on chatting after an error.</summary>
    private async Task TakeAsync(string line)
    {
        using Interrupt interrupt = new();
        try
        {
            await (line.StartsWith('/') ? ObeyAsync(line, interrupt.Token) : AnswerAsync(conversation.AskAsync(line, interrupt.Token)));
        }
        catch (OperationCanceledException) when (interactive)
        {
            Console.WriteLine();
        }
        catch (Exception exception) when (interactive && exception is LocalLlmException or IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Console.WriteLine();
            Diagnostics.Report(ExitCode.Failure, exception.Message);
        }
    }

    private async Task ObeyAsync(string line, CancellationToken cancellationToken)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        switch (words)
        {
            case ["/regen"]:
                await TryAsync(() => AnswerAsync(conversation.RegenerateAsync(cancellationToken)));
                break;
            case ["/undo"]:
                await TryAsync(() => Undo(1));
                break;
            case ["/undo", var turns] when int.TryParse(turns, NumberStyles.None, CultureInfo.InvariantCulture, out int count):
                await TryAsync(() => Undo(count));
                break;
            case ["/save", { Length: > 0 } file]:
                await conversation.SaveAsync(file);
                break;
            case ["/load", { Length: > 0 } file]:
                await conversation.LoadAsync(file);
                break;
            case ["/reset"]:
                conversation.Reset();
                break;
            case ["/system", ..]:
                conversation.System = words.ElementAtOrDefault(1);
                break;
            case ["/stats"]:
                Screen.Error.WriteLine(Stats());
                break;
            case ["/help"]:
                Screen.Error.WriteLine(Help);
                break;
            default:
                Screen.Error.WriteLine($"There is no command {line}. {Help}");
                break;
        }
    }

    private Task Undo(int turns)
    {
        conversation.Undo(turns);
        return Task.CompletedTask;
    }

    // There is nothing to answer again, or not so much to take back: told, and no reason to end.
    private static async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentOutOfRangeException)
        {
            Screen.Error.WriteLine(exception.Message.Split(" (Parameter '")[0]);
        }
    }

    private string Stats()
    {
        string text = $"{conversation.CountTokens()} of {conversation.Model.Info.ContextLength} tokens held";
        return conversation.LastTimings is { } last
            ? string.Create(CultureInfo.InvariantCulture, $"{text}; last answer: {last.PromptTokens} tokens in, {last.CachedTokens} of them kept from before, first token after {last.TimeToFirstToken.TotalSeconds:0.00} s; {last.GeneratedTokens} tokens out, {last.DecodeTokensPerSecond:0.0} a second")
            : text;
    }

    /// <summary>Streams an answer; what the model thinks before it is shown to a person only.</summary>
    private async Task AnswerAsync(IAsyncEnumerable<ChatResponseUpdate> answer)
    {
        bool thinks = false;
        await foreach (ChatResponseUpdate update in answer)
        {
            string thought = string.Concat(update.Contents.OfType<TextReasoningContent>().Select(c => c.Text));
            if (interactive && thought.Length > 0)
            {
                thinks = true;
                Screen.Error.Write(new Text(thought, new Style(Color.Grey)));
            }
            if (thinks && update.Text.Length > 0)
            {
                thinks = false;
                Screen.Error.WriteLine();
            }
            Console.Write(update.Text);
        }
        Console.WriteLine();
    }
}
