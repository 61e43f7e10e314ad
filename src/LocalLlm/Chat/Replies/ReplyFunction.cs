using System.Text.Json;

namespace LocalLlm.Chat.Replies;

/// <summary>A function that a model may call.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">The JSON schema of its parameters.</param>
internal sealed record ReplyFunction(string Name, JsonElement Parameters);
