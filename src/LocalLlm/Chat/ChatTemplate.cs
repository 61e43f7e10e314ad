using System.Runtime.InteropServices;
using System.Text;
using LocalLlm.Native;

namespace LocalLlm.Chat;

/// <summary>Turns messages into the text that a model was trained on, by llama.cpp's list of known templates.</summary>
internal sealed unsafe class ChatTemplate
{
    private readonly string _source;

    /// <param name="source">The model's own template, in Jinja; null for a model that has none, which gets ChatML.</param>
    internal ChatTemplate(string? source) => _source = source ?? "chatml";

    /// <summary>The prompt after which the model answers.</summary>
    /// <exception cref="ChatTemplateException">llama.cpp does not know this template.</exception>
    internal string Render(IReadOnlyList<(string Role, string Text)> turns)
    {
        llama_chat_message* messages = (llama_chat_message*)NativeMemory.AllocZeroed((nuint)Math.Max(1, turns.Count), (nuint)sizeof(llama_chat_message));
        byte* template = null;
        try
        {
            template = ToUtf8(_source);
            for (int i = 0; i < turns.Count; i++)
            {
                messages[i].role = ToUtf8(turns[i].Role);
                messages[i].content = ToUtf8(turns[i].Text);
            }

            return Apply(template, messages, turns.Count);
        }
        finally
        {
            for (int i = 0; i < turns.Count; i++)
            {
                NativeMemory.Free(messages[i].role);
                NativeMemory.Free(messages[i].content);
            }

            NativeMemory.Free(messages);
            NativeMemory.Free(template);
        }
    }

    private static string Apply(byte* template, llama_chat_message* messages, int count)
    {
        byte[] prompt = new byte[1024];
        while (true)
        {
            int length;
            fixed (byte* buffer = prompt)
            {
                length = LlamaApi.llama_chat_apply_template(template, messages, (nuint)count, add_ass: true, buffer, prompt.Length);
            }

            if (length < 0)
            {
                throw new ChatTemplateException("The model's chat template is none of those that llama.cpp knows. Build the prompt yourself and use Generate.");
            }

            if (length <= prompt.Length)
            {
                return Encoding.UTF8.GetString(prompt, 0, length);
            }

            prompt = new byte[length];
        }
    }

    // C strings end at the first zero: text behind one would be lost without a word.
    private static byte* ToUtf8(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ChatTemplateException("A message contains the character U+0000, which templates can't take.");
        }

        int bytes = Encoding.UTF8.GetByteCount(text);
        byte* utf8 = (byte*)NativeMemory.Alloc((nuint)bytes + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(utf8, bytes));
        utf8[bytes] = 0;
        return utf8;
    }
}
