using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace LocalLlm;

/// <summary>An answer whose text is the JSON of a value.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public sealed class ChatReply<T> : ChatReply
{
    private readonly JsonTypeInfo<T> _type;

    internal ChatReply(ChatReply reply, JsonTypeInfo<T> type)
        : base(reply) => _type = type;

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">The answer is not one: a limit cut it off, or it is a function call. The message says which.</exception>
    public T Result => TryGetResult(out T? result, out Exception? error)
        ? result!
        : throw new InvalidOperationException(
            FinishReason == ChatFinishReason.Length
                ? $"The answer was cut off after {Usage?.OutputTokenCount} tokens, so its JSON has no end: raise {nameof(ChatOptions.MaxOutputTokens)} or the model's context length."
                : $"The answer is no {typeof(T).Name}: {(FinishReason == ChatFinishReason.ToolCalls ? "it calls a function" : error?.Message)}",
            error);

    /// <summary>The value, where the answer is one.</summary>
    /// <param name="result">The value; the JSON null is one where the type allows it.</param>
    public bool TryGetResult([MaybeNullWhen(false)] out T result) => TryGetResult(out result, out _);

    private bool TryGetResult([MaybeNullWhen(false)] out T result, out Exception? error)
    {
        try
        {
            result = JsonSerializer.Deserialize(Text, _type)!;
            error = null;
            return true;
        }
        catch (JsonException exception)
        {
            result = default;
            error = exception;
            return false;
        }
    }
}
