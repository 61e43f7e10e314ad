using LocalLlm.Evaluation;
using LocalLlm.Inference;
using LocalLlm.Tests.Inference;

namespace LocalLlm.Tests.Evaluation;

public sealed class TextChunksTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(33)]
    [InlineData(100)]
    public void Pieces_of_any_size_read_each_token_and_score_the_second_half(int length)
    {
        using LoadedModel model = BareWeights.Load(TestModels.Guide, architecture: null);
        string text = File.ReadAllText(RepositoryFolder.File("LICENSE"));
        int[] tokens = model.Vocabulary.Tokenize(text, addSpecial: true, parseSpecial: false);
        TextChunks chunks = new(model.Vocabulary, text, length);
        Assert.Equal(tokens.Length / length, chunks.Count);

        for (int most = 1; most <= length + 1; most++)
        {
            for (int chunk = 0; chunk < chunks.Count; chunk++)
            {
                List<int> read = [];
                List<int> targets = [];
                foreach (TextPiece piece in chunks.Pieces(chunk, most))
                {
                    Assert.Equal(read.Count, piece.Position);
                    for (int i = 0; i < piece.Targets.Length; i++)
                    {
                        Assert.Equal(tokens[(chunk * length) + piece.Position + piece.FirstScored + i + 1], piece.Targets.Span[i]);
                    }

                    read.AddRange(piece.Tokens.Span);
                    targets.AddRange(piece.Targets.Span);
                }

                int[] whole = tokens[(chunk * length)..((chunk + 1) * length)];
                Assert.Equal(whole, read);
                Assert.Equal(whole[((length / 2) + 1)..], targets);
                Assert.Equal(chunks.ScoredPerChunk, targets.Count);
            }
        }
    }
}
