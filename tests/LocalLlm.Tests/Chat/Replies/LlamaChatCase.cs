using System.Text.Json;
using LocalLlm.Chat.Replies;

namespace LocalLlm.Tests.Chat.Replies;

/// <summary>A reply in llama.cpp's own chat tests, and what it expects to be read out of it.</summary>
/// <param name="Index">Which of them it is.</param>
/// <param name="Values">All that the test says.</param>
internal sealed record LlamaChatCase(int Index, JsonElement Values)
{
    internal string Template { get; } = Values.GetProperty("template").GetString()!;

    internal string Input { get; } = Values.GetProperty("input").GetString()!;

    /// <summary>The rendered prompt.</summary>
    internal string Prompt { get; } = Values.GetProperty("prompt").GetString()!;

    /// <summary>What the template adds to it as the beginning of the reply.</summary>
    internal string GenerationPrompt { get; } = Values.GetProperty("generation_prompt").GetString()!;

    internal bool IsPartial { get; } = Values.GetProperty("is_partial").GetInt32() != 0;

    /// <summary>Whether reasoning is told apart from the answer.</summary>
    internal bool SeparatesReasoning { get; } = Values.GetProperty("reasoning_format").GetInt32() != 0;

    internal bool ContinuesMessage { get; } = Values.GetProperty("continue").GetInt32() != 0;

    internal bool IsRequired { get; } = Values.GetProperty("tool_choice").GetInt32() == 1;

    internal bool IsParallel { get; } = Values.GetProperty("parallel").GetInt32() != 0;

    internal string Schema { get; } = Values.GetProperty("json_schema").GetString()!;

    internal string Content { get; } = Values.GetProperty("content").GetString()!;

    internal string Reasoning { get; } = Values.GetProperty("reasoning").GetString()!;

    internal IReadOnlyList<ReplyCall> Calls { get; } = [.. Values.GetProperty("calls").EnumerateArray().Select(c => new ReplyCall(
        c.GetProperty("name").GetString(), c.GetProperty("arguments").GetString()!, c.GetProperty("id").GetString() is { Length: > 0 } id ? id : null))];

    internal IReadOnlyList<ReplyFunction> Functions { get; } = [.. Values.GetProperty("tools").EnumerateArray().Select(t => t.GetProperty("function")).Select(f => new ReplyFunction(
        f.GetProperty("name").GetString()!, f.GetProperty("parameters")))];

    public override string ToString() => $"{Index}, {Template}: {JsonSerializer.Serialize(Input)}\n  expected: {JsonSerializer.Serialize(Reasoning)}, {JsonSerializer.Serialize(Content)}, {string.Join(" ", Calls)}";
}
