using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm.Chat.Sessions;

/// <summary>A saved session: the first line of its file.</summary>
/// <param name="Format">Says what this is.</param>
/// <param name="Version">The version of the format.</param>
/// <param name="Identity">What its state depends on; null where it has none.</param>
/// <param name="Options">The defaults of its turns.</param>
/// <param name="Messages">The history, in the form that Microsoft.Extensions.AI writes.</param>
/// <param name="State">What follows behind the line; null: nothing.</param>
internal sealed record SessionDocument(string Format, int Version, SessionIdentity? Identity, SavedOptions Options, JsonElement Messages, KvStateLayout? State)
{
    private const string FormatName = "localllm-session";
    private const int FormatVersion = 1;

    private static readonly JsonTypeInfo<IList<ChatMessage>> Contract = (JsonTypeInfo<IList<ChatMessage>>)AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IList<ChatMessage>));

    internal static SessionDocument Of(SessionIdentity? identity, LocalChatOptions options, ChatMessage[] messages, KvStateLayout? state) =>
        new(FormatName, FormatVersion, identity, SavedOptions.Of(options), JsonSerializer.SerializeToElement(messages, Contract), state);

    /// <exception cref="SessionFormatException">It is no saved session, or a newer one.</exception>
    internal static SessionDocument Parse(ReadOnlySpan<byte> line)
    {
        SessionDocument? document = Read(line, static utf8 => JsonSerializer.Deserialize(utf8, SessionJson.Default.SessionDocument));
        if (document?.Format != FormatName)
        {
            throw new SessionFormatException("This is not a saved session.");
        }

        if (document.Version != FormatVersion)
        {
            throw new SessionFormatException($"The session was saved in version {document.Version} of the format; this version of LocalLlm reads version {FormatVersion}.");
        }

        return document.Options is not null && (document.State is null || (document.Identity is not null && document.State.IsValid))
            ? document
            : throw new SessionFormatException("The saved session is damaged: parts of it are missing.");
    }

    internal byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, SessionJson.Default.SessionDocument);

    /// <exception cref="SessionFormatException">They are not options.</exception>
    internal LocalChatOptions ReadOptions() => Read(Options, static saved => saved.Read());

    /// <exception cref="SessionFormatException">They are not messages.</exception>
    internal ChatMessage[] ReadMessages() => Read(Messages, static saved => saved.Deserialize(Contract) is { } messages && !messages.Contains(null!) ? WithErrors(messages) : throw new JsonException("A message is missing."));

    // The contract does not write what was wrong with a call: without it, a loop would run the function with no arguments.
    private static ChatMessage[] WithErrors(IEnumerable<ChatMessage> messages)
    {
        ChatMessage[] read = [.. messages];
        foreach (FunctionCallContent call in read.SelectMany(m => m.Contents).OfType<FunctionCallContent>().Where(c => c.Arguments is null))
        {
            call.Exception = new JsonException("The arguments of this call could not be read.");
        }

        return read;
    }

    private static T Read<TSaved, T>(TSaved saved, Func<TSaved, T> read)
        where TSaved : allows ref struct
    {
        try
        {
            return read(saved);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException or FormatException)
        {
            throw new SessionFormatException($"The saved session is damaged: {e.Message}", e);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(SessionDocument))]
internal sealed partial class SessionJson : JsonSerializerContext;
