using LocalLlm.Tests.Gguf;
using LocalLlm.Tests.Inference;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat.Sessions;

/// <summary>Whatever is done to sessions, in whatever order: each answer is that of a fresh conversation with its history.</summary>
public sealed class RandomSessionsTests : IDisposable
{
    private static readonly string[] Words = ["what", "is", "a", "token", "of", "the", "model", "and", "why", "not"];

    private readonly TestFolder _folder = new();

    public static TheoryData<string> Architectures => new([EngineModels.Guide, .. TinyModels.All]);

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(Architectures))]
    public async Task Every_answer_is_that_of_a_fresh_conversation(string name)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        string path = name == EngineModels.Guide ? TestModels.Guide : TinyModels.WriteLong(_folder, name);
        using LocalModel model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 512, Sequences = 2, Threads = 1 });
        LocalChatOptions options = SameAnswer.Greedy(6);
        options.Overflow = OverflowPolicy.DropOldest;
        Random random = new(7);
        List<ChatSession> sessions = [model.CreateSession(options)];
        int steps = Requirement.RunsAll ? 150 : 25;
        for (int i = 0; i < steps; i++)
        {
            ChatSession session = sessions[random.Next(sessions.Count)];
            string question = string.Join(' ', Enumerable.Range(0, random.Next(1, 12)).Select(_ => Words[random.Next(Words.Length)]));
            int action = session.Messages.Count == 0 ? 0 : random.Next(9);
            switch (action)
            {
                case 0 or 1:
                    session.Send(question);
                    break;
                case 2:
                    await session.SendStreamingAsync(question, cancellationToken: token).ToChatResponseAsync(token);
                    break;
                case 3:
                    await session.RegenerateAsync(cancellationToken: token);
                    break;
                case 4:
                    session.Edit(2 * random.Next(session.Messages.Count / 2), question);
                    break;
                case 5 when sessions.Count < 4:
                    sessions.Add(session.Branch());
                    continue;
                case 6:
                    session.Undo();
                    continue;
                case 7:
                    await session.HibernateAsync(cancellationToken: token);
                    continue;
                case 8:
                    using (MemoryStream file = new())
                    {
                        await session.SaveAsync(file, includeState: random.Next(3) > 0, token);
                        file.Position = 0;
                        sessions[sessions.IndexOf(session)] = await model.LoadSessionAsync(file, cancellationToken: token);
                        session.Dispose();
                    }

                    continue;
                default:
                    await foreach (ChatResponseUpdate _ in session.SendStreamingAsync(question, new ChatOptions { MaxOutputTokens = 40 }, token))
                    {
                        break;
                    }

                    continue;
            }

            SameAnswer.AssertFresh(model, session.Messages, options);
        }

        sessions.ForEach(s => s.Dispose());
    }
}
