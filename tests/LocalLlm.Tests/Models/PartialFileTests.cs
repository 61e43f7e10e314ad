using LocalLlm.Models;

namespace LocalLlm.Tests.Models;

public sealed class PartialFileTests
{
    [Fact]
    public void Ranges_are_the_set_of_their_bytes()
    {
        Random random = new(1);
        for (int round = 0; round < 200; round++)
        {
            ByteRanges ranges = new();
            bool[] bytes = new bool[60];
            for (int i = 0; i < 20; i++)
            {
                int from = random.Next(60);
                int to = random.Next(from, 61);
                ranges.Add(new ByteRange(from, to));
                Array.Fill(bytes, true, from, to - from);
                Assert.Equal(bytes.Count(set => set), ranges.Count);
                Assert.Equal(Array.IndexOf(bytes, false) is int gap and >= 0 ? gap : 60, ranges.FromStart);
                Assert.Equal(
                    Enumerable.Range(0, 60).Where(at => !bytes[at]),
                    ranges.Missing(60).SelectMany(range => Enumerable.Range((int)range.From, (int)range.Length)));
                Assert.All(ranges.ToArray().Zip(ranges.ToArray().Skip(1)), pair => Assert.True(pair.First.To < pair.Second.From));
            }
        }
    }

    [Fact]
    public void A_journal_that_is_cut_anywhere_claims_nothing()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("journal");
        RangeJournal.Write(path, 1000, "v1", [new ByteRange(0, 100), new ByteRange(500, 1000)]);
        Assert.Equal([new ByteRange(0, 100), new ByteRange(500, 1000)], RangeJournal.Read(path, 1000, "v1"));
        Assert.Empty(RangeJournal.Read(path, 1000, "v2"));
        Assert.Empty(RangeJournal.Read(path, 1001, "v1"));
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length - 1; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Empty(RangeJournal.Read(path, 1000, "v1"));
            byte[] zeroed = [.. whole[..length], .. new byte[whole.Length - length]];
            File.WriteAllBytes(path, zeroed);
            Assert.Empty(RangeJournal.Read(path, 1000, "v1"));
        }
    }

    [Fact]
    public void Only_noted_bytes_are_taken_over_and_only_of_the_same_version()
    {
        using TemporaryFolder folder = new();
        string target = folder.File("blob");
        using (PartialFile file = PartialFile.Open(target, 100, "v1"))
        {
            file.Write(10, new byte[20]);
            file.Checkpoint();
            file.Write(50, new byte[20]);
        }

        using (PartialFile file = PartialFile.Open(target, 100, "v1"))
        {
            Assert.Equal([new ByteRange(0, 10), new ByteRange(30, 100)], file.Missing());
        }

        using (PartialFile file = PartialFile.Open(target, 100, "v2"))
        {
            Assert.Equal([new ByteRange(0, 100)], file.Missing());
        }
    }

    [Fact]
    public async Task Hashing_what_is_there_already_can_be_cancelled()
    {
        using TemporaryFolder folder = new();
        using PartialFile file = PartialFile.Open(folder.File("blob"), 3_000_000, "v1");
        file.Write(0, new byte[3_000_000]);
        using ContentHash hash = new(file);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hash.RunAsync(new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Bytes_count_as_there_only_while_the_file_has_its_length()
    {
        using TemporaryFolder folder = new();
        string target = folder.File("blob");
        using (PartialFile file = PartialFile.Open(target, 100, "v1"))
        {
            file.Write(10, new byte[20]);
            file.Checkpoint();
        }

        using (FileStream cut = new(Directory.GetFiles(folder.ToString(), "*.incomplete").Single(), FileMode.Open))
        {
            cut.SetLength(50);
        }

        using PartialFile again = PartialFile.Open(target, 100, "v1");
        Assert.Equal(0, again.BytesDone);
    }
}
