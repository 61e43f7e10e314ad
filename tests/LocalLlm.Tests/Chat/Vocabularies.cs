using LocalLlm.Inference;
using LocalLlm.Native;
using LocalLlm.Tests.Gguf;
using LocalLlm.Tests.Inference;

namespace LocalLlm.Tests.Chat;

/// <summary>The vocabularies of every model at hand, and those that come with llama.cpp's source; each loaded once.</summary>
public sealed class Vocabularies : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestFolder _tinyModels = new();
    private readonly Dictionary<string, ModelHandle> _models = [];

    /// <summary>A SentencePiece vocabulary that puts a space before texts, with marks that are found even where control tokens are not.</summary>
    internal const string UserDefined = "user-defined marks";

    /// <summary>A SentencePiece vocabulary in which pieces of text merge to a control token.</summary>
    internal const string Merging = "marks that merge";

    /// <summary>WordPiece, and the unigrams of an embedding model, can't give a text back; no model with them generates.</summary>
    public static TheoryData<string> Names { get; } = new(
        [
            "guide", "SmolLM2", TinyModels.Dense, TinyModels.Window, UserDefined, Merging,
            .. new[] { "aquila", "baichuan", "command-r", "deepseek-coder", "deepseek-llm", "falcon", "gemma-4", "gpt-2", "gpt-neox", "llama-bpe", "llama-spm", "mpt", "phi-3", "qwen2", "qwen35", "refact", "starcoder" }
                .Select(n => $"ggml-vocab-{n}"),
        ]);

    public void Dispose()
    {
        foreach (ModelHandle model in _models.Values)
        {
            model.Dispose();
        }

        _tinyModels.Dispose();
        _folder.Dispose();
    }

    internal Vocabulary Load(string name)
    {
        if (!_models.TryGetValue(name, out ModelHandle? model))
        {
            _models[name] = model = BareWeights.LoadVocabulary(PathOf(name));
        }

        return new Vocabulary(model);
    }

    internal string PathOf(string name)
    {
        switch (name)
        {
            case "guide":
                return TestModels.Guide;
            case "SmolLM2":
                return TestModels.SmolLm2;
            case TinyModels.Dense or TinyModels.Window:
                return TinyModels.Write(_tinyModels, name);
            case UserDefined:
                return Changed("user-defined.gguf", (token, type) => (token, token.StartsWith("<|", StringComparison.Ordinal) ? 4 : type));
            case Merging:
                return Changed("merging.gguf", (token, type) => (token == "th" ? "<s" : token, type));
            default:
                string source = LlamaSource.Folder;
                return Path.Combine(source, "models", $"{name}.gguf");
        }
    }

    private string Changed(string name, Func<string, int, (string Token, int Type)> change)
    {
        string changed = _folder.File(name);
        if (File.Exists(changed))
        {
            return changed;
        }

        string path = TinyModels.Write(_tinyModels, TinyModels.Window);
        using GgufFile file = GgufFile.Open(path);
        (string Token, int Type)[] tokens = [.. file.Metadata.GetArray<string>("tokenizer.ggml.tokens").Zip(file.Metadata.GetArray<int>("tokenizer.ggml.token_type"), change)];
        GgufFile.EditMetadata(path, changed, m =>
        {
            m.SetArray<string>("tokenizer.ggml.tokens", [.. tokens.Select(t => t.Token)]);
            m.SetArray<int>("tokenizer.ggml.token_type", [.. tokens.Select(t => t.Type)]);
        });
        return changed;
    }
}
