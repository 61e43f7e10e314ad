using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat;

/// <summary>There is one context length: the one that was asked for, planned, told, and enforced.</summary>
public sealed class ContextLengthTests
{
    // R20
    [Fact]
    public void What_is_asked_for_is_what_there_is_at_every_load()
    {
        for (int i = 0; i < (Requirement.RunsAll ? 100 : 5); i++)
        {
            int asked = 256 + (32 * (i % 7));
            using LocalModel model = TestModels.LoadGuide(contextLength: asked);

            Assert.Equal((asked, asked), (model.Info.ContextLength, model.Plan.ContextLength));
        }
    }

    // R21, R26
    [Fact]
    public void An_error_tells_the_same_length_and_comes_before_any_decoding()
    {
        using LocalModel model = TestModels.LoadGuide(contextLength: 300);
        ChatMessage[] messages = [new(ChatRole.User, string.Join(' ', Enumerable.Range(0, 400)))];
        ContextOverflowException error = Assert.Throws<ContextOverflowException>(() => model.Chat(messages));

        Assert.Equal((model.CountTokens(messages), 300), (error.PromptTokens, error.ContextLength));
        Assert.Equal(2048, model.Info.TrainedContextLength);

        // A prompt that leaves room is answered up to the last place, and no further.
        ChatMessage[] fits = [new(ChatRole.User, string.Join(' ', Enumerable.Range(0, 60)))];
        ChatReply reply = model.Chat(fits, new LocalChatOptions { Temperature = 0, Grammar = "root ::= [a-z]{1000}" });
        Assert.Equal(ChatFinishReason.Length, reply.FinishReason);
        Assert.InRange(reply.Usage!.TotalTokenCount!.Value, 300, 301);
    }
}
