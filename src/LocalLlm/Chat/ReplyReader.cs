using System.Security.Cryptography;
using System.Text.Json;
using LocalLlm.Chat.Replies;
using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat;

/// <summary>Reads one reply while it is generated: what it says, in the types of Microsoft.Extensions.AI. Calls come last, and whole.</summary>
/// <param name="parser">The format's.</param>
/// <param name="showsReasoning">Hands out the reasoning too.</param>
internal sealed class ReplyReader(ReplyParser parser, bool showsReasoning)
{
    private readonly List<ReplyPart> _parts = [];
    private readonly List<FunctionCallContent> _calls = [];
    private bool _reasons;
    private int _tokensOfSilence;

    /// <summary>Whether a function was called.</summary>
    internal bool HasCalls => _calls.Count > 0;

    /// <summary>How many tokens brought reasoning.</summary>
    internal int ReasoningTokens { get; private set; }

    /// <summary>The contents that a piece makes certain; null where there are none.</summary>
    internal List<AIContent>? Read(in GeneratedPiece piece)
    {
        _parts.Clear();
        if (piece.Text is { } text)
        {
            parser.Append(text, _parts);
        }

        List<AIContent>? contents = Take();
        if (piece.Token >= 0)
        {
            Count();
        }

        return contents;
    }

    /// <summary>What was held back, and the calls; null where there is nothing.</summary>
    internal List<AIContent>? Complete()
    {
        _parts.Clear();
        parser.Complete(_parts);
        List<AIContent>? contents = Take();
        if (_reasons)
        {
            ReasoningTokens += _tokensOfSilence;
        }

        if (HasCalls)
        {
            (contents ??= []).AddRange(_calls);
        }

        return contents;
    }

    private static Dictionary<string, object?> ParseArguments(string arguments)
    {
        using JsonDocument document = JsonDocument.Parse(arguments);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? document.RootElement.EnumerateObject().GroupBy(p => p.Name).ToDictionary(p => p.Key, p => (object?)p.Last().Value.Clone())
            : throw new JsonException($"The arguments are no object: {arguments}");
    }

    private List<AIContent>? Take()
    {
        List<AIContent>? contents = null;
        foreach (ReplyPart part in _parts)
        {
            _reasons = part.Kind == ReplyPartKind.Reasoning;
            if (part.Call is { } call)
            {
                _calls.Add(ToContent(call));
            }
            else if (!_reasons)
            {
                (contents ??= []).Add(new TextContent(part.Text));
            }
            else if (showsReasoning)
            {
                (contents ??= []).Add(new TextReasoningContent(part.Text));
            }
        }

        return contents;
    }

    // Tokens that bring nothing, as those of a marker or of a call that is not whole yet, belong to what follows.
    private void Count()
    {
        _tokensOfSilence++;
        if (_parts.Count > 0)
        {
            ReasoningTokens += _reasons ? _tokensOfSilence : 0;
            _tokensOfSilence = 0;
        }
    }

    private FunctionCallContent ToContent(ReplyCall call)
    {
        string id = call.Id is { } own && !_calls.Exists(c => c.CallId == own) ? own : RandomNumberGenerator.GetString(CallMessages.IdCharacters, CallMessages.IdLength);
        FunctionCallContent content = FunctionCallContent.CreateFromParsedArguments(call.Arguments, id, call.Name ?? "", ParseArguments);
        content.RawRepresentation = call.Arguments;
        return content;
    }
}
