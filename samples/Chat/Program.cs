// Chats with the guide model, or with --model PATH. Words on the command line are asked once; without any, each line typed is a question.
using LocalLlm;
using Microsoft.Extensions.AI;

(string name, string[] words) = args is ["--model", var given, .. var rest] ? (given, rest) : ("guide", args);
using LocalModel model = LocalModel.Load(name == "guide" ? GuideModel.Path : name);

List<ChatMessage> history = [];
foreach (string question in words.Length > 0 ? [string.Join(' ', words)] : Typed())
{
    history.Add(new ChatMessage(ChatRole.User, question));
    List<ChatResponseUpdate> answer = [];
    await foreach (ChatResponseUpdate update in model.ChatStreamingAsync(history))
    {
        Console.Write(update.Text);
        answer.Add(update);
    }
    Console.WriteLine();
    history.AddMessages(answer);
}

static IEnumerable<string> Typed()
{
    Console.Write("> ");
    while (Console.ReadLine() is { Length: > 0 } line)
    {
        yield return line;
        Console.Write("> ");
    }
}
