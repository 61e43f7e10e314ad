using System.Text;
using LocalLlm.Gguf;
using LocalLlm.Gguf.Rules;
using static LocalLlm.Tests.Gguf.Rules.RuleChecks;

namespace LocalLlm.Tests.Gguf.Rules;

public sealed class VocabularyRuleTests
{
    private const string Model = "tokenizer.ggml.model";
    private const string Pre = "tokenizer.ggml.pre";
    private const string Tokens = "tokenizer.ggml.tokens";
    private const string Types = "tokenizer.ggml.token_type";
    private const string Scores = "tokenizer.ggml.scores";
    private const string Merges = "tokenizer.ggml.merges";
    private const string Start = "tokenizer.ggml.bos_token_id";
    private const string End = "tokenizer.ggml.eos_token_id";
    private const string AddStart = "tokenizer.ggml.add_bos_token";
    private const string AddEnd = "tokenizer.ggml.add_eos_token";

    [Theory]
    [InlineData(Model)]
    [InlineData(Tokens)]
    [InlineData(Merges)]
    public void A_missing_key_is_named(string key) => Blamed("missing-key", key, TinyModels.Dense, model => model.Metadata.Remove(key));

    [Theory]
    [InlineData(Model)]
    [InlineData(Pre)]
    [InlineData(Tokens)]
    [InlineData(Types)]
    [InlineData(Scores)]
    [InlineData(Merges)]
    [InlineData(Start)]
    [InlineData(AddStart)]
    [InlineData("tokenizer.ggml.add_space_prefix")]
    [InlineData("tokenizer.ggml.remove_extra_whitespaces")]
    [InlineData("tokenizer.ggml.token_type_count")]
    [InlineData("tokenizer.ggml.suppress_tokens")]
    [InlineData("tokenizer.ggml.padding_token_id")]
    public void A_key_of_another_type_is_named(string key) =>
        Blamed("wrong-type", key, TinyModels.Dense, model => model.Metadata[key] = 1.5);

    [Fact]
    public void Tokenizers_that_do_not_exist_are_named()
    {
        Refused("unknown-tokenizer", Model, model => SetTokenizer(model, "dinosaur"));
        Refused("no-tokenizer", Model, model => SetTokenizer(model, "no_vocab"));
        Refused("unknown-pre-tokenizer", Pre, model => model.Metadata[Pre] = "dinosaur");
        Refused("model-inconsistent", Pre, model => model.Metadata[Pre] = "whitespace");
        Accepted(TinyModels.Dense, model => model.Metadata[Pre] = "qwen2");
        Accepted(TinyModels.Dense, model => model.Metadata.Remove(Pre));

        static void SetTokenizer(TinyModelBuilder model, string name)
        {
            model.Metadata[Model] = name;
            model.Tensors.RemoveAll(tensor => tensor.Shape.Contains(model.Vocabulary.Count));
            model.Add("token_embd.weight", 64, 1);
        }
    }

    [Fact]
    public void Arrays_have_an_element_for_each_token()
    {
        Refused("array-length", Scores, model => model.Metadata[Scores] = new float[3]);
        Refused("array-length", Types, model => model.Metadata[Types] = new int[3]);
        Warned("array-length", Scores, TinyModels.Dense, model => model.Metadata[Scores] = new float[1000]);
        Accepted(TinyModels.Dense, model => model.Metadata[Scores] = new int[model.Vocabulary.Count]);
        Accepted(TinyModels.Dense, model => model.Metadata.Remove(Scores));
        Accepted(TinyModels.Dense, model => model.Metadata.Remove(Types));
    }

    [Fact]
    public void Tensors_have_a_row_for_each_token()
    {
        Blamed("wrong-shape", "token_embd.weight", TinyModels.Dense, model => ChangeTokens(model, tokens => [.. tokens, "another"]));
        Blamed("no-tokens", Tokens, TinyModels.Dense, model => model.Metadata[Tokens] = Array.Empty<string>());
    }

    [Fact]
    public void A_token_that_stands_twice_is_named()
    {
        GgufFinding finding = Assert.Single(Findings(TinyModels.Dense, model => ChangeToken(model, 70, "A")));
        Assert.Equal(("duplicate-token", Tokens), (finding.Code, finding.Field));
        Assert.Contains("Token 70, 'A'", finding.Message, StringComparison.Ordinal);
        Assert.True(finding.Offset > 0);
        Refused("duplicate-token", Tokens, model => ChangeToken(model, 70, "A\0B"));
        Refused("duplicate-token", Tokens, model =>
        {
            ChangeToken(model, 70, "[EMPTY_66]");
            ChangeToken(model, 66, string.Empty);
        });
        Accepted(TinyModels.Dense, model =>
        {
            ChangeToken(model, 66, string.Empty);
            ChangeToken(model, 67, string.Empty);
        });
    }

    [Fact]
    public void Every_byte_has_a_token_where_text_falls_back_to_bytes()
    {
        GgufFinding finding = Assert.Single(Findings(TinyModels.Window, model => ChangeToken(model, 3 + 0xE2, "no-byte")));
        Assert.Equal(("missing-byte-token", Tokens), (finding.Code, finding.Field));
        Assert.Contains("0xE2", finding.Message, StringComparison.Ordinal);
        Refused("missing-byte-token", Tokens, TinyModels.Window, model => ChangeToken(model, 3, "no-byte"));

        // The character itself will do, and so will nothing for bytes that UTF-8 never has.
        Accepted(TinyModels.Window, model => ChangeToken(model, 3 + 'A', "no-byte"));
        Accepted(TinyModels.Window, model => ChangeToken(model, 3 + 0xC0, "no-byte"));
        Accepted(TinyModels.Window, model => ChangeToken(model, 3 + 0xFF, "no-byte"));
    }

    [Fact]
    public void Byte_tokens_have_the_form_of_one() => Refused("bad-token", Tokens, model =>
    {
        int[] types = (int[])model.Metadata[Types];
        types['A'] = 6;
    });

    [Fact]
    public void Tokens_put_around_a_text_exist()
    {
        Refused("missing-special-token", Start, TinyModels.Window, model =>
        {
            model.Metadata.Remove(Start);
            UseUnigram(model, addStart: true);
        });
        Refused("missing-special-token", End, model =>
        {
            model.Metadata[AddEnd] = true;
            model.Metadata[Pre] = "gemma4";
            model.Metadata[Model] = "gemma4";
            model.Metadata.Remove(End);
        });
        Refused("missing-special-token", Start, model =>
        {
            model.Metadata[Pre] = "glm4";
            model.Metadata[AddStart] = true;
            model.Metadata.Remove(Start);
        });
        Accepted(TinyModels.Dense, model =>
        {
            model.Metadata[Pre] = "llama-bpe";
            model.Metadata.Remove(Start);
        });
    }

    [Fact]
    public void A_special_token_out_of_range_is_passed_over() =>
        Warned("token-out-of-range", End, TinyModels.Dense, model => model.Metadata[End] = 100_000u);

    [Fact]
    public void A_merge_without_halves_is_warned_of() =>
        Warned("odd-merge", Merges, TinyModels.Dense, model => ((string[])model.Metadata[Merges])[2] = "in");

    [Fact]
    public void Word_pieces_need_marks_around_a_text_and_have_no_bytes()
    {
        Blamed("missing-special-token", "tokenizer.ggml.seperator_token_id", TinyModels.Dense, model =>
        {
            ChangeTokens(model, tokens => tokens[..90]);
            model.Metadata[Model] = "bert";
        });
        Refused("bad-token", Tokens, model =>
        {
            model.Metadata[Model] = "bert";
            ((int[])model.Metadata[Types])[5] = 6;
        });
        Accepted(TinyModels.Dense, model => model.Metadata[Model] = "bert");
    }

    [Fact]
    public void Rwkv_tokens_can_be_matched_to_their_end()
    {
        Accepted(TinyModels.Recurrent, model => UseRwkv(model, "\\x41bc"));
        GgufFinding finding = Assert.Single(Findings(TinyModels.Recurrent, model => UseRwkv(model, "\\x41bc", without: 'A')));
        Assert.Equal(("missing-byte-token", Tokens), (finding.Code, finding.Field));
        Refused("missing-byte-token", Tokens, TinyModels.Recurrent, model => UseRwkv(model, "\\nbc", without: '\n'));
        Refused("missing-byte-token", Tokens, TinyModels.Recurrent, model => UseRwkv(model, "\\\\bc", without: '\\'));
        Refused("bad-token", Tokens, TinyModels.Recurrent, model => UseRwkv(model, "\\xéé"));
        Refused("bad-token", Tokens, TinyModels.Recurrent, model => UseRwkv(model, new string('x', 2000)));
    }

    [Fact]
    public void Long_tokens_are_refused_where_they_take_memory_or_stack()
    {
        Refused("bad-token", Tokens, TinyModels.Window, model =>
        {
            UseUnigram(model, addStart: false);
            ChangeToken(model, 300, new string('x', 2000));
        });
        Refused("vocabulary-too-large", Tokens, model => ChangeToken(model, 70, new string('x', 40_000)));
        Accepted(TinyModels.Dense, model => ChangeToken(model, 70, new string('x', 20_000)));
    }

    [Fact]
    public void A_plamo_vocabulary_is_utf8()
    {
        Accepted(TinyModels.Window, model => model.Metadata[Model] = "plamo2");
        Refused("bad-token", Tokens, TinyModels.Window, model =>
        {
            model.Metadata[Model] = "plamo2";
            ChangeToken(model, 300, new string('x', 600));
        });
    }

    [Fact]
    public void Vocabularies_of_real_models_have_no_findings()
    {
        foreach (string path in TestModels.Vocabularies())
        {
            using GgufFile file = GgufFile.Open(path);
            PartHeader part = file.PartHeaders[0];
            using HeaderLease lease = part.Buffer.Acquire();
            FindingList findings = new(0);
            KeyReader keys = new(part, lease.Bytes, Encoding.UTF8.GetBytes(file.Architecture!), findings);
            VocabularySize size = VocabularyRules.Check(keys);
            Assert.Empty(findings.Items);
            Assert.Equal(file.Metadata.GetArray<string>(Tokens).Length, size.Tokens);
        }
    }

    [Fact]
    public void A_token_set_finds_what_it_holds()
    {
        MemoryStream bytes = new();
        List<int> offsets = [];
        for (int i = 0; i < 5000; i++)
        {
            byte[] text = Encoding.UTF8.GetBytes(new string((char)('a' + (i % 26)), i % 40) + i);
            bytes.Write(BitConverter.GetBytes((ulong)text.Length));
            offsets.Add((int)bytes.Length);
            bytes.Write(text);
        }

        byte[] header = bytes.ToArray();
        using TokenSet set = new(header, offsets.Count);
        foreach (int offset in offsets)
        {
            Assert.True(set.Add(Text(offset), offset));
        }

        foreach (int offset in offsets)
        {
            Assert.False(set.Add(Text(offset), offset));
            Assert.True(set.Contains(Text(offset)));
        }

        Assert.False(set.Contains("5000"u8));
        Assert.False(set.Contains([]));

        ReadOnlySpan<byte> Text(int offset) => header.AsSpan(offset, BitConverter.ToInt32(header, offset - 8));
    }

    private static void ChangeToken(TinyModelBuilder model, int index, string text) => ((string[])model.Metadata[Tokens])[index] = text;

    private static void ChangeTokens(TinyModelBuilder model, Func<string[], string[]> change)
    {
        string[] tokens = change((string[])model.Metadata[Tokens]);
        model.Metadata[Tokens] = tokens;
        int[] types = (int[])model.Metadata[Types];
        Array.Resize(ref types, tokens.Length);
        model.Metadata[Types] = types;
        model.Metadata.Remove(Scores);
    }

    private static void UseUnigram(TinyModelBuilder model, bool addStart)
    {
        model.Metadata[Model] = "t5";
        model.Metadata[AddStart] = addStart;
    }

    /// <summary>RWKV's form: each byte, written with escapes, and one more token.</summary>
    private static void UseRwkv(TinyModelBuilder model, string extra, int without = -1)
    {
        string[] tokens = [.. (string[])model.Metadata[Tokens]];
        for (int value = 0; value < 256; value++)
        {
            tokens[value] = value == without ? $"\\x00 {value}" : $"\\x{value:x2}";
        }

        tokens[256] = extra;
        for (int i = 257; i < tokens.Length; i++)
        {
            tokens[i] = $"{i}";
        }

        model.Metadata[Tokens] = tokens;
        model.Metadata[Model] = "rwkv";
    }

    private static void Blamed(string code, string field, string architecture, Action<TinyModelBuilder> change) =>
        Assert.Contains(Findings(architecture, change), finding => finding.Severity == GgufSeverity.Refuse && finding.Code == code && finding.Field == field);
}
