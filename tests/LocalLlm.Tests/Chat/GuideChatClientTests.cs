using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat;

/// <summary>The contract, kept by a model that knows what it says.</summary>
public sealed class GuideChatClientTests(GuideFixture guide) : ChatClientContract, IClassFixture<GuideFixture>
{
    protected override LocalModel Model => guide.Model;

    protected override Question Plain => new([new(ChatRole.User, "What is a GGUF file?")], new ChatOptions { Temperature = 0 });

    protected override Question Calling => new([new(ChatRole.User, "What is the weather in Oslo?")], new ChatOptions { Temperature = 0, Tools = [Weather] });
}
