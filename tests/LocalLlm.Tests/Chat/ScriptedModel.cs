using System.Text;
using LocalLlm.Chat.Schema;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Chat;

/// <summary>
/// A real engine whose answers a test writes: a tiny model with random weights under a grammar that allows one text only. Its
/// template is of the Hermes family, reasons, and has its marks as control tokens.
/// </summary>
public sealed class ScriptedModel : IDisposable
{
    private const string Template = """
        {%- if tools or messages[0].role == 'system' %}
        {{- '<|im_start|>system\n' }}
        {%- if messages[0].role == 'system' %}{{- messages[0].content }}{%- endif %}
        {%- for tool in tools or [] %}{{- '\n' + (tool | tojson) }}{%- endfor %}
        {%- if tools %}{{- '\nCall with <tool_call>{"name": NAME, "arguments": OBJECT}</tool_call>' }}{%- endif %}
        {{- '<|im_end|>\n' }}
        {%- endif %}
        {%- for message in messages %}
        {%- if message.role != 'system' or not loop.first %}
        {{- '<|im_start|>' + message.role + '\n' }}
        {%- if message.reasoning_content %}{{- '<think>\n' + message.reasoning_content + '\n</think>\n\n' }}{%- endif %}
        {{- message.content or '' }}
        {%- for call in message.tool_calls or [] %}{{- '\n<tool_call>\n' + (call.function | tojson) + '\n</tool_call>' }}{%- endfor %}
        {{- '<|im_end|>\n' }}
        {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
        {{- '<|im_start|>assistant\n' }}
        {%- if enable_thinking is defined and not enable_thinking %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}
        {%- endif %}
        """;

    private static readonly string[] Marks = ["<think>", "</think>", "<tool_call>", "</tool_call>"];

    private readonly TestFolder _folder = new();

    public ScriptedModel()
    {
        TinyModelBuilder plan = TinyModels.Plan(TinyModels.Dense);
        foreach (string mark in Marks)
        {
            plan.Vocabulary.AddMark(mark);
        }

        plan.Reshape("token_embd.weight", 64, plan.Vocabulary.Count);
        plan.Reshape("output.weight", 64, plan.Vocabulary.Count);
        plan.Vocabulary.SetMetadata(plan.Metadata);
        plan.Metadata["tokenizer.chat_template"] = Template;
        plan.Set("context_length", 8192);
        string path = _folder.File("scripted.gguf");
        plan.Write(path);
        Model = LocalModel.Load(path, TestModels.OnCpu with { ContextLength = 4096, Sequences = 4 });
    }

    public LocalModel Model { get; }

    /// <summary>Options with which the model answers exactly this.</summary>
    internal LocalChatOptions Answering(string text) => new() { Grammar = GrammarOf(text), Temperature = 0 };

    internal string GrammarOf(string text)
    {
        StringBuilder root = new("root ::=");
        for (int at = 0; at < text.Length;)
        {
            string? mark = Marks.FirstOrDefault(m => text.AsSpan(at).StartsWith(m, StringComparison.Ordinal));
            int next = Marks.Select(m => text.IndexOf(m, at, StringComparison.Ordinal)).Where(i => i >= 0).DefaultIfEmpty(text.Length).Min();
            string part = mark ?? text[at..next];
            root.Append(mark is null ? $" {GrammarWriter.Literal(part)}" : $" <[{Model.Tokenize(mark, parseSpecial: true).Single()}]>");
            at += part.Length;
        }

        return root.ToString();
    }

    public void Dispose()
    {
        Model.Dispose();
        _folder.Dispose();
    }
}
