namespace LocalLlm.Tests.Gguf;

/// <summary>A vocabulary of a few hundred tokens, in which every text can be written, with the marks of ChatML.</summary>
internal sealed class TinyVocabulary
{
    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int Byte = 6;

    private static readonly string[] Words = ["th", "the", "in", "an", "er", "re", "on", "at"];

    private TinyVocabulary(string model)
    {
        Model = model;
    }

    /// <summary>"tokenizer.ggml.model".</summary>
    public string Model { get; }

    public List<string> Tokens { get; } = [];

    public List<int> Types { get; } = [];

    public List<float> Scores { get; } = [];

    /// <summary>Empty for a vocabulary without.</summary>
    public List<string> Merges { get; } = [];

    public int Count => Tokens.Count;

    /// <summary>GPT-2's form: a character for each byte, and pairs that are merged.</summary>
    /// <param name="count">How many tokens there are at least; those beyond the few hundred are never written.</param>
    public static TinyVocabulary BytePairs(int count = 0)
    {
        TinyVocabulary result = new("gpt2");
        int shifted = 256;
        for (int value = 0; value < 256; value++)
        {
            bool isPrintable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            result.Add(((char)(isPrintable ? value : shifted++)).ToString(), Normal);
        }

        foreach (string word in Words)
        {
            result.Merges.Add($"{word[..^1]} {word[^1]}");
            result.Add(word, Normal);
        }

        result.Merges.Add("Ġ the");
        result.Add("Ġthe", Normal);
        result.AddMarks();
        for (int i = result.Count; i < count; i++)
        {
            result.Add($"<unused{i}>", Control);
        }

        return result;
    }

    /// <summary>Llama 2's form: pieces with scores, and a token for each byte.</summary>
    public static TinyVocabulary SentencePieces()
    {
        TinyVocabulary result = new("llama");
        result.Add("<unk>", Unknown);
        result.Add("<s>", Control);
        result.Add("</s>", Control);
        for (int value = 0; value < 256; value++)
        {
            result.Add($"<0x{value:X2}>", Byte);
        }

        for (char c = '!'; c <= '~'; c++)
        {
            result.Add(c.ToString(), Normal, -100 - c);
        }

        result.Add("▁", Normal, -100);
        foreach (string word in Words)
        {
            result.Add(word, Normal, -10);
        }

        result.Add("▁the", Normal, -5);
        result.AddMarks();
        return result;
    }

    /// <summary>Tokens that the model writes: printable ASCII, nothing that ends a text.</summary>
    public bool IsWritten(int token) => Types[token] == Normal && Tokens[token].All(c => char.IsAscii(c) || c is 'Ġ' or '▁');

    public void SetMetadata(Dictionary<string, object> metadata)
    {
        metadata["tokenizer.ggml.model"] = Model;
        metadata["tokenizer.ggml.tokens"] = Tokens.ToArray();
        metadata["tokenizer.ggml.token_type"] = Types.ToArray();
        metadata["tokenizer.ggml.scores"] = Scores.ToArray();
        if (Merges.Count > 0)
        {
            metadata["tokenizer.ggml.pre"] = "gpt-2";
            metadata["tokenizer.ggml.merges"] = Merges.ToArray();
        }

        uint end = (uint)Tokens.IndexOf("<|im_end|>");
        metadata["tokenizer.ggml.bos_token_id"] = Merges.Count > 0 ? (uint)Tokens.IndexOf("<|endoftext|>") : 1u;
        metadata["tokenizer.ggml.eos_token_id"] = end;
        metadata["tokenizer.ggml.add_bos_token"] = Merges.Count == 0;
        metadata["tokenizer.chat_template"] =
            "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    }

    /// <summary>One more control token.</summary>
    public void AddMark(string token) => Add(token, Control);

    private void AddMarks()
    {
        Add("<|endoftext|>", Control);
        Add("<|im_start|>", Control);
        Add("<|im_end|>", Control);
    }

    private void Add(string token, int type, float score = 0)
    {
        Tokens.Add(token);
        Types.Add(type);
        Scores.Add(score);
    }
}
