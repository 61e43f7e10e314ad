using Microsoft.Extensions.AI;

namespace LocalLlm;

public sealed partial class LocalModel
{
    /// <summary>The model as <see cref="IChatClient"/>, for what is written against it: middleware, agents, evaluations.</summary>
    /// <remarks>
    /// Calls may run at once, and none sees another's conversation. Functions are never run by the client: it hands out
    /// <see cref="FunctionCallContent"/>. <see cref="ChatOptions.RawRepresentationFactory"/> may give <see cref="LocalChatOptions"/>:
    /// what they leave open is taken from the call's other options. <see cref="IChatClient.GetService"/> knows this model and
    /// <see cref="ChatClientMetadata"/>. Disposing the client does not dispose the model.
    /// </remarks>
    /// <param name="defaultOptions">What holds where the options of a call say nothing; null for the defaults. They are copied.</param>
    public IChatClient AsChatClient(ChatOptions? defaultOptions = null) => new LocalChatClient(this, defaultOptions);
}
