using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LocalLlm.Chat.Replies;

namespace LocalLlm.Tests.Chat.Replies;

/// <summary>Replies are read as llama.cpp's own tests expect it.</summary>
public sealed class LlamaChatTests
{
    [Fact]
    public void Replies_are_read_as_llama_cpp_expects_in_every_chunking()
    {
        Assert.SkipUnless(Requirement.RunsAll, "Reads all of llama.cpp's chat tests: only where LOCALLLM_TESTS=all.");
        IReadOnlyList<LlamaChatCase> all = LlamaChatCases.Read();
        List<LlamaChatCase> cases = [.. all.Where(c => Exception(c) is null)];
        List<string> wrong = [];
        int chunkings = 0;
        foreach (LlamaChatCase test in cases)
        {
            ReplyFormat format = ReplyFormat.Of(Template(test));
            foreach (IReadOnlyList<string> chunks in Chunkings(test.Input))
            {
                chunkings++;
                if (Difference(test, ReadReply.Of(format, test.Functions, test.Prompt, chunks)) is { } difference)
                {
                    wrong.Add($"{test}\n  {chunks.Count} chunks: {difference}");
                    break;
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{all.Count} cases, {cases.Count} run in {chunkings} chunkings; left out: " + string.Join("; ", all.Select(Exception).OfType<string>().GroupBy(e => e).Select(g => $"{g.Count()} {g.Key}")));
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong:\n{string.Join("\n", wrong)}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Grammars_allow_the_calls_that_llama_cpp_expects(bool hasControlTokens)
    {
        Assert.SkipUnless(Requirement.RunsAll, "Reads all of llama.cpp's chat tests: only where LOCALLLM_TESTS=all.");
        List<string> wrong = [];
        int count = 0;
        foreach (LlamaChatCase test in LlamaChatCases.Read().Where(c => Exception(c) is null && GrammarException(c) is null && c.Functions.Count > 0 && !c.IsPartial))
        {
            ReplyFormat format = ReplyFormat.Of(Template(test));
            (string, int)[] tokens = hasControlTokens ? [.. ControlTokens(format)] : [];
            // What it may do if it must, it may do if it likes.
            foreach (CallMode mode in test.Calls.Count > 0 && test.Content.Length == 0 ? new[] { CallMode.Auto, CallMode.Required } : [CallMode.Auto])
            {
                count++;
                string grammar = format.Grammar(new ReplyGrammarOptions { Functions = test.Functions, Mode = mode, AllowsSeveralCalls = test.IsParallel, PromptEnd = test.Prompt, ControlTokens = tokens })!;
                FollowedGrammar followed = new(grammar, tokens);
                // What ends the message is not needed where the reply ends with the call.
                string text = mode == CallMode.Required ? format.Ignored.Aggregate(test.Input.TrimEnd(), (t, i) => t.EndsWith(i, StringComparison.Ordinal) ? t[..^i.Length] : t) : test.Input.TrimEnd();
                int length = followed.Follow(text);
                if (length < text.Length || !followed.State.IsComplete)
                {
                    wrong.Add($"{test}\n  {mode}: allowed are {length} of {test.Input.Length}: {JsonSerializer.Serialize(test.Input[..length])}");
                }
                else if (mode == CallMode.Required && !test.IsParallel && !followed.State.IsFinished)
                {
                    wrong.Add($"{test}\n  {mode}: does not end behind the call");
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{count} grammars");
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {count} wrong:\n{string.Join("\n", wrong)}");
    }

    // The markers themselves, without what may stand around them in a text.
    private static IEnumerable<(string Text, int Id)> ControlTokens(ReplyFormat format) => format.Markers
        .SelectMany(m => Regex.Matches(m, @"<\|[^<>]*\|>|<[^<>\s=|""]+>|\[[A-Z_/]+\]|<\|[a-z_]+>|<[a-z_]+\|>|<｜[^<>]*｜>").Select(x => x.Value))
        .Distinct()
        .Select((text, i) => (text, 1000 + i));

    /// <summary>Why a text is not allowed by our grammar; null where it is.</summary>
    private static string? GrammarException(LlamaChatCase test) => test switch
    {
        { Template: "models/templates/Kimi-K2-Thinking.jinja" } when !test.Input.EndsWith("<|tool_calls_section_end|>", StringComparison.Ordinal) && test.Calls.Count > 0 => "the calls have no ends",
        _ => null,
    };

    /// <summary>Why a case is left out; null where it is not.</summary>
    private static string? Exception(LlamaChatCase test) => test switch
    {
        { ContinuesMessage: true } => "continue a message that the prompt began, which the API does not do",
        { Schema.Length: > 0 } when test.Input.Contains("```json", StringComparison.Ordinal) => "put a JSON answer into a code block, which our grammar does not allow",
        { Functions.Count: 0 } when test.Input.Contains("to=container.exec", StringComparison.Ordinal) || test.Input.Contains("to=python", StringComparison.Ordinal) =>
            "call a function though none was declared: left out there, text here",
        _ => null,
    };

    private static string Template(LlamaChatCase test) => File.ReadAllText(Path.Combine(LlamaSource.Folder, test.Template));

    private static IEnumerable<IReadOnlyList<string>> Chunkings(string text)
    {
        string[] characters = [.. text.EnumerateRunes().Select(r => r.ToString())];
        yield return [text];
        yield return characters;
        for (int i = 1; i < characters.Length; i++)
        {
            yield return [string.Concat(characters[..i]), string.Concat(characters[i..])];
        }

        Random random = new(text.Length);
        for (int i = 0; i < 5; i++)
        {
            List<string> chunks = [];
            for (int at = 0; at < characters.Length;)
            {
                int end = Math.Min(characters.Length, at + random.Next(1, 12));
                chunks.Add(string.Concat(characters[at..end]));
                at = end;
            }

            yield return chunks;
        }
    }

    private static string? Difference(LlamaChatCase test, ReadReply reply)
    {
        IReadOnlyList<ReplyCall> expected = test.Calls;
        string[] calls = [.. reply.Calls.Select(Text)];
        if (!calls.SequenceEqual(expected.Select(Text)))
        {
            return reply.ToString();
        }

        return test.SeparatesReasoning
            ? IsRest(test.Reasoning, test.GenerationPrompt, reply.Reasoning) && reply.Content.Trim() == test.Content.Trim() ? null : reply.ToString()
            : IsInOrder(test.Content, reply.Reasoning, reply.Content) ? null : reply.ToString();
    }

    // What the prompt began the reasoning with counts there, not here.
    private static bool IsRest(string expected, string prompt, string rest) =>
        expected.Trim().EndsWith(rest.Trim(), StringComparison.Ordinal) && prompt.AsSpan().TrimEnd().EndsWith(expected.AsSpan().Trim()[..^rest.Trim().Length].Trim(), StringComparison.Ordinal);

    // There the reasoning stays in the content, between its markers.
    private static bool IsInOrder(string content, string reasoning, string answer) => reasoning.Length == 0
        ? content.Trim() == answer.Trim()
        : content.Contains(reasoning, StringComparison.Ordinal) && content.TrimEnd().EndsWith(answer.Trim(), StringComparison.Ordinal);

    private static string Text(ReplyCall call)
    {
        string arguments;
        try
        {
            arguments = JsonNode.Parse(call.Arguments)!.ToJsonString();
        }
        catch (JsonException)
        {
            arguments = call.Arguments.Trim();
        }

        return $"{call.Name} {arguments} {call.Id}";
    }
}
