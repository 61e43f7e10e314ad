using System.Globalization;
using LocalLlm.Inference;
using LocalLlm.Native;

namespace LocalLlm.Tests.Inference;

public sealed class VocabularyTests
{
    // llama.cpp's own vocabularies, with texts and the tokens that belong to them (T20).
    [Fact]
    public void Tokens_of_llama_cpps_vocabularies_are_the_expected_ones()
    {
        string source = LlamaSource.Folder;
        int compared = 0;
        foreach (string inputs in Directory.EnumerateFiles(Path.Combine(source, "models"), "*.gguf.inp"))
        {
            string[] texts = File.ReadAllText(inputs).Split("\n__ggml_vocab_test__\n");
            string[] expected = File.ReadAllLines(Path.ChangeExtension(inputs, ".out"));
            using ModelHandle model = BareWeights.LoadVocabulary(Path.ChangeExtension(inputs, null));
            Vocabulary vocabulary = new(model);
            for (int i = 0; i < expected.Length; i++)
            {
                string tokens = string.Concat(vocabulary.Tokenize(texts[i], addSpecial: false, parseSpecial: false).Select(t => " " + t.ToString(CultureInfo.InvariantCulture)));
                Assert.True(expected[i].Trim() == tokens.Trim(), $"{Path.GetFileName(inputs)}, text {i} '{texts[i]}': {tokens} instead of {expected[i]}");
            }

            compared++;
        }

        Assert.Equal(15, compared);
    }
}
