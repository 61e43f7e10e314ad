using LocalLlm.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Inference.Sampling;

public sealed class LogProbabilityTests(GuideFixture guide) : IClassFixture<GuideFixture>
{
    private readonly LocalModel _model = guide.Model;

    [Fact]
    public void They_are_the_model_s_own_whatever_changes_the_choice()
    {
        const string prompt = "A token is";
        GenerateReply reply = _model.Generate(prompt, new GenerationOptions
        {
            MaxOutputTokens = 12,
            LogProbabilities = 5,
            Temperature = 2,
            Seed = 3,
            RepetitionPenalty = 2,
            LogitBias = new Dictionary<int, float> { [20] = -3 },
        });

        IReadOnlyList<TokenLogProbability> told = reply.TokenLogProbabilities!;
        Assert.Equal(reply.TokenIds, told.Select(token => token.TokenId));
        using BareModel bare = new(TestModels.Guide, contextLength: 128);
        List<int> context = [.. _model.Tokenize(prompt, addSpecial: true)];
        foreach (TokenLogProbability token in told)
        {
            double[] probabilities = Reference.Softmax(bare.LogitsAfter(context));
            int[] best = [.. Enumerable.Range(0, probabilities.Length).OrderByDescending(id => probabilities[id]).Take(5)];
            // Logits of one batch and of single tokens differ a little (T15).
            Assert.Equal(Math.Log(probabilities[token.TokenId]), token.LogProbability, 0.05);
            Assert.Equal(best.Select(id => Math.Log(probabilities[id])), token.Alternatives.Select(a => a.LogProbability), (a, b) => Math.Abs(a - b) < 0.05);
            Assert.All(token.Alternatives, a => Assert.Equal(Math.Log(probabilities[a.TokenId]), a.LogProbability, 0.05));
            Assert.InRange(token.Alternatives.Sum(a => Math.Exp(a.LogProbability)), 0, 1 + 1e-6);
            context.Add(token.TokenId);
        }

        Assert.Equal(reply.Text, System.Text.Encoding.UTF8.GetString([.. told.SelectMany(token => token.Utf8Bytes.ToArray())]));
    }

    [Fact]
    public void Log_softmax_is_exact()
    {
        Random random = new(1);
        float[] logits = [.. Enumerable.Range(0, 1300).Select(_ => (float)(random.NextDouble() * 40) - 20)];
        logits[700] = float.NegativeInfinity;
        double[] expected = Reference.Softmax(logits);

        LogSoftmax actual = new(logits);

        for (int token = 0; token < logits.Length; token++)
        {
            Assert.Equal(Math.Log(expected[token]), actual[token], 1e-5);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void As_many_alternatives_are_told_as_are_asked_for(int count)
    {
        GenerateReply reply = _model.Generate("Hello", new GenerationOptions { Temperature = 0, MaxOutputTokens = 3, LogProbabilities = count });

        Assert.Equal(3, reply.TokenLogProbabilities!.Count);
        Assert.All(reply.TokenLogProbabilities, token =>
        {
            Assert.Equal(count, token.Alternatives.Count);
            Assert.Equal(count, token.Alternatives.Select(a => a.TokenId).Distinct().Count());
            Assert.Equal(token.Alternatives.Select(a => a.LogProbability).OrderDescending(), token.Alternatives.Select(a => a.LogProbability));
            if (count > 0)
            {
                Assert.Equal((token.TokenId, token.LogProbability), (token.Alternatives[0].TokenId, token.Alternatives[0].LogProbability));
            }
        });
    }

    [Fact]
    public async Task A_chat_tells_them_in_its_reply_and_in_the_updates_of_a_stream()
    {
        // The stop sequence's tokens are generated too, though their text is no part of the answer.
        LocalChatOptions options = new() { Temperature = 0, MaxOutputTokens = 20, LogProbabilities = 1, StopSequences = ["file that"] };
        ChatReply reply = _model.Chat("What is a GGUF file?", options);
        List<TokenLogProbability> streamed = [];
        await foreach (ChatResponseUpdate update in _model.ChatStreamingAsync("What is a GGUF file?", options, TestContext.Current.CancellationToken))
        {
            streamed.AddRange(update.RawRepresentation as IReadOnlyList<TokenLogProbability> ?? []);
        }

        Assert.Equal(((GenerateReply)reply.RawRepresentation!).TokenIds, reply.TokenLogProbabilities!.Select(token => token.TokenId));
        Assert.Equal(reply.TokenLogProbabilities!.Select(token => token.TokenId), streamed.Select(token => token.TokenId));
    }

    [Fact]
    public async Task They_are_not_told_unasked()
    {
        Assert.Null(_model.Generate("Hello", new GenerationOptions { MaxOutputTokens = 2 }).TokenLogProbabilities);
        Assert.Null(_model.Chat("Hello", new ChatOptions { MaxOutputTokens = 2 }).TokenLogProbabilities);
        await foreach (ChatResponseUpdate update in _model.ChatStreamingAsync("Hello", new ChatOptions { MaxOutputTokens = 5 }, TestContext.Current.CancellationToken))
        {
            Assert.True(update.RawRepresentation is null or Timings);
        }
    }
}
