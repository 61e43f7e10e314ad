using System.Globalization;
using Microsoft.Extensions.AI;
using Spectre.Console;

namespace LocalLlm.Cli;

/// <summary>Reads a line, answers it, and so on. Only answers go to standard output; all else is said on standard error.</summary>
internal sealed class ChatLoop(Conversation conversation, bool interactive)
{
    private const string Help = "/reset forgets the conversation, /system TEXT sets the instructions (no TEXT: none), /stats shows the last answer's figures, /exit leaves. Ctrl+C stops an answer.";

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
            if (line.StartsWith('/'))
            {
                Obey(line);
            }
            else if (line.Length > 0)
            {
                await AnswerAsync(line);
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

    private void Obey(string line)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        switch (words[0])
        {
            case "/reset":
                conversation.Reset();
                break;
            case "/system":
                conversation.System = words.ElementAtOrDefault(1);
                break;
            case "/stats":
                Screen.Error.WriteLine(Stats());
                break;
            case "/help":
                Screen.Error.WriteLine(Help);
                break;
            default:
                Screen.Error.WriteLine($"There is no command {words[0]}. {Help}");
                break;
        }
    }

    private string Stats()
    {
        ChatMessage[] history = [.. conversation.History];
        int held = history.Length == 0 ? 0 : conversation.Model.CountTokens(history);
        string text = $"{held} of {conversation.Model.Info.ContextLength} tokens held";
        return conversation.LastTimings is { } last
            ? string.Create(CultureInfo.InvariantCulture, $"{text}; last answer: {last.PromptTokens} tokens in, {last.CachedTokens} of them kept from before, first token after {last.TimeToFirstToken.TotalSeconds:0.00} s; {last.GeneratedTokens} tokens out, {last.DecodeTokensPerSecond:0.0} a second")
            : text;
    }

    /// <summary>Streams the answer. A person at the terminal can stop it, and goes on chatting after an error.</summary>
    private async Task AnswerAsync(string question)
    {
        using Interrupt interrupt = new();
        try
        {
            await foreach (string piece in conversation.AskAsync(question, interrupt.Token))
            {
                Console.Write(piece);
            }
            Console.WriteLine();
        }
        catch (OperationCanceledException) when (interactive)
        {
            Console.WriteLine();
        }
        catch (LocalLlmException exception) when (interactive)
        {
            Console.WriteLine();
            Diagnostics.Report(ExitCode.Failure, exception.Message);
        }
    }
}
