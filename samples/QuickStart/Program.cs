using LocalLlm;
using Microsoft.Extensions.AI;

using LocalModel model = LocalModel.Load(GuideModel.Path);      // or any GGUF file: LocalModel.Load("model.gguf")
Console.WriteLine(model.Chat("What is a GGUF file?"));

List<ChatMessage> history = [new(ChatRole.User, "My name is Anna.")];
history.AddMessages(model.Chat(history));
history.Add(new(ChatRole.User, "What is my name?"));
await foreach (ChatResponseUpdate update in model.ChatStreamingAsync(history)) Console.Write(update.Text);
