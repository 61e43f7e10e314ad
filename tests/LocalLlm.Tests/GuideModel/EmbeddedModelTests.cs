using System.Security.Cryptography;

namespace LocalLlm.Tests;

public sealed class EmbeddedModelTests : IDisposable
{
    private static readonly EmbeddedModel Guide = GuideModel.Embedded;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_hash_is_that_of_the_embedded_bytes()
    {
        using Stream bytes = Guide.Open();
        Assert.Equal(Guide.Sha256, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    [Fact]
    public void Path_is_a_whole_file_named_after_its_hash()
    {
        Assert.Equal($"guide-f16-{Guide.Sha256[..12]}.gguf", Path.GetFileName(GuideModel.Path));
        AssertWhole(GuideModel.Path);
        Assert.Same(GuideModel.Path, GuideModel.Path);
    }

    [Fact]
    public void Threads_that_extract_at_once_get_one_whole_file()
    {
        string[] paths = new string[8];
        Parallel.For(0, paths.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => paths[i] = Guide.Extract([$"{_folder}"]));

        string path = Assert.Single(paths.Distinct());
        AssertWhole(path);
        Assert.Equal([path], Directory.GetFiles($"{_folder}"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(11_680_064)]
    public void A_damaged_file_is_replaced(int length)
    {
        string path = _folder.File(Guide.FileName);
        File.WriteAllBytes(path, new byte[length]);

        Assert.Equal(path, Guide.Extract([$"{_folder}"]));
        AssertWhole(path);
    }

    [Fact]
    public void A_whole_file_is_left_alone()
    {
        string path = Guide.Extract([$"{_folder}"]);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);

        Guide.Extract([$"{_folder}"]);

        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(path));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_passed_over() =>
        Assert.Equal(_folder.File(Guide.FileName), Guide.Extract([BelowAFile(), $"{_folder}"]));

    [Fact]
    public void A_folder_that_cannot_be_written_is_passed_over()
    {
        // What lies there can be neither replaced nor used; permissions would not hold a test that runs as root.
        string taken = _folder.File("taken");
        Directory.CreateDirectory(Path.Combine(taken, Guide.FileName));

        Assert.Equal(_folder.File(Guide.FileName), Guide.Extract([taken, $"{_folder}"]));
        Assert.Empty(Directory.GetFiles(taken));
    }

    [Fact]
    public void When_no_folder_can_be_written_the_error_names_each()
    {
        string folder = BelowAFile();

        IOException error = Assert.Throws<IOException>(() => Guide.Extract([folder, folder + "2"]));

        Assert.Contains(folder + " (", error.Message, StringComparison.Ordinal);
        Assert.Contains(folder + "2 (", error.Message, StringComparison.Ordinal);
        Assert.Contains("LOCALLLM_CACHE", error.Message, StringComparison.Ordinal);
    }

    private string BelowAFile()
    {
        string file = _folder.File("file");
        File.WriteAllText(file, "");
        return Path.Combine(file, "folder");
    }

    private static void AssertWhole(string path) =>
        Assert.Equal(Guide.Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
}
