using System.Text.Json;
using LocalLlm.Tests.Gguf;
using Microsoft.Extensions.AI;

namespace LocalLlm.Tests.Chat.Schema;

/// <summary>A model with random weights and 268 tokens writes whatever a grammar lets it.</summary>
public sealed class SchemaGenerationTests : IDisposable
{
    private const int Sequences = 8;

    private static readonly TinyVocabulary Vocabulary = TinyVocabulary.BytePairs();

    private readonly TestFolder _folder = new();
    private readonly LocalModel _model;

    public SchemaGenerationTests() =>
        _model = LocalModel.Load(TinyModels.Write(_folder, TinyModels.Dense), TestModels.OnCpu with { ContextLength = 512, Sequences = Sequences, Threads = 1 });

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_a_random_model_writes_to_its_end_is_valid_and_nearly_always_it_ends()
    {
        SchemaOracle.Require();
        Assert.InRange(_model.Info.VocabularySize, 1, 300);
        SchemaCase[] cases = [.. SchemaCases.All.Where(c => c.Accepted.All(text => text.Length < 200))];
        int seeds = 50;
        if (!Requirement.RunsAll)
        {
            cases = [.. cases.Where((_, i) => i % 8 == 0)];
            seeds = 3;
        }

        List<(string, IReadOnlyList<string>)> written = [];
        foreach (SchemaCase wanted in cases)
        {
            string grammar = wanted.Grammar;
            GenerateReply[][] replies = await Task.WhenAll(Enumerable.Range(0, Sequences).Select(async first =>
            {
                List<GenerateReply> own = [];
                for (int seed = first; seed < seeds; seed += Sequences)
                {
                    own.Add(await _model.GenerateAsync("Say something.", Options(grammar, seed), TestContext.Current.CancellationToken));
                }

                return own.ToArray();
            }));
            string[] whole = [.. replies.SelectMany(own => own).Where(reply => reply.FinishReason == ChatFinishReason.Stop).Select(reply => reply.Text)];
            Assert.All(whole, text => JsonDocument.Parse(text).Dispose());
            written.Add((wanted.Schema, whole));
        }

        int ended = written.Sum(schema => schema.Item2.Count);
        string summary = $"{ended} of {cases.Length * seeds} texts for {cases.Length} schemas end; fewest: {string.Join(", ", written.OrderBy(s => s.Item2.Count).Take(9).Select(s => $"{s.Item2.Count} of {s.Item1[..Math.Min(60, s.Item1.Length)]}"))}";
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        Assert.True(ended >= 0.9 * cases.Length * seeds, summary);
        await SchemaOracle.AssertValidAsync(written);
    }

    private static GenerationOptions Options(string grammar, int seed) => new()
    {
        Grammar = grammar,
        Seed = seed,
        MaxOutputTokens = 100,
        Temperature = 1,
        TopK = 0,
        TopP = 1,
        MinP = 0,
        LogitBias = new Dictionary<int, float>
        {
            [Token("\"")] = 5,
            [Token("]")] = 8,
            [Token("}")] = 8,
            [Token(":")] = 3,
            [Token("<|im_end|>")] = 8,
        },
    };

    private static int Token(string text) => Vocabulary.Tokens.IndexOf(text);
}
