namespace LocalLlm.Tests.Models;

public sealed class ModelReferenceTests
{
    [Theory]
    [InlineData("hf:acme/tiny-GGUF", "acme/tiny-GGUF", null, null)]
    [InlineData("HF:acme/tiny-GGUF:Q4_K_M", "acme/tiny-GGUF", "Q4_K_M", null)]
    [InlineData("hf:acme/tiny:Q4_K_M@v1.0", "acme/tiny", "Q4_K_M", "v1.0")]
    [InlineData("hf:acme/tiny@refs/pr/1", "acme/tiny", null, "refs/pr/1")]
    [InlineData("hf:acme/tiny@main", "acme/tiny", null, null)]
    [InlineData("hf:acme/tiny:sub/a@b.gguf", "acme/tiny", "sub/a@b.gguf", null)]
    [InlineData("hf:acme/tiny:a.gguf@0123456789012345678901234567890123456789", "acme/tiny", "a.gguf", "0123456789012345678901234567890123456789")]
    [InlineData("https://huggingface.co/acme/tiny", "acme/tiny", null, null)]
    [InlineData("https://hf.co/acme/tiny/", "acme/tiny", null, null)]
    [InlineData("https://HuggingFace.co/acme/tiny/tree/main", "acme/tiny", null, null)]
    [InlineData("https://huggingface.co/acme/tiny/tree/v1/sub", "acme/tiny", null, "v1")]
    [InlineData("https://hf.co/acme/tiny/blob/main/sub/tiny-Q8_0.gguf", "acme/tiny", "sub/tiny-Q8_0.gguf", null)]
    [InlineData("https://huggingface.co/acme/tiny/resolve/main/tiny-Q8_0.gguf?download=true", "acme/tiny", "tiny-Q8_0.gguf", null)]
    [InlineData("https://huggingface.co/acme/tiny/resolve/refs%2Fpr%2F1/a.gguf", "acme/tiny", "a.gguf", "refs/pr/1")]
    [InlineData("https://huggingface.co/acme/tiny/resolve/refs/pr/1/a.gguf", "acme/tiny", "a.gguf", "refs/pr/1")]
    public void A_repository_has_one_key_however_it_is_written(string text, string repository, string? variant, string? revision)
    {
        ModelReference reference = ModelReference.Parse(text);
        Assert.Equal((repository, variant, revision), (reference.Repository, reference.Variant, reference.Revision));
        Assert.Null(reference.LocalPath);
        Assert.Null(reference.Address);
        Assert.StartsWith("hf:", reference.ToString(), StringComparison.Ordinal);
        Assert.Equal(reference, ModelReference.Parse(reference.ToString()));
    }

    [Theory]
    [InlineData("model.gguf")]
    [InlineData("./hf:odd.gguf")]
    [InlineData(@"C:\models\x.gguf")]
    [InlineData("/models/folder/")]
    public void Anything_else_is_a_path(string text)
    {
        ModelReference reference = ModelReference.Parse(text);
        Assert.Equal((text, text), (reference.LocalPath, reference.ToString()));
    }

    [Fact]
    public void Another_address_is_itself()
    {
        ModelReference reference = ModelReference.Parse("https://example.org/a%20b/x.GGUF?key=1");
        Assert.Equal(new Uri("https://example.org/a%20b/x.GGUF?key=1"), reference.Address);
        Assert.Equal(reference, ModelReference.Parse(reference.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("hf:")]
    [InlineData("hf:tiny")]
    [InlineData("hf:acme/../x")]
    [InlineData("hf:acme/tiny/more")]
    [InlineData("hf:acme/ti--ny")]
    [InlineData("hf:acme/tiny:")]
    [InlineData("hf:acme/tiny:../../x.gguf")]
    [InlineData("hf:acme/tiny:/etc/x.gguf")]
    [InlineData("hf:acme/tiny@")]
    [InlineData("hf:acme/tiny@../../x")]
    [InlineData("hf:acme/tiny@a..b")]
    [InlineData("hf:acme/tiny@/x")]
    [InlineData("hf:acme/tiny@x\\y")]
    [InlineData("ftp://example.org/x.gguf")]
    [InlineData("file:///etc/x.gguf")]
    [InlineData("https://example.org/x.zip")]
    [InlineData("https://huggingface.co/acme")]
    [InlineData("https://huggingface.co/datasets/acme/tiny")]
    [InlineData("https://huggingface.co/acme/tiny/resolve/main/config.json")]
    [InlineData("https://huggingface.co/acme/tiny/resolve/main/..%2F..%2Fx.gguf")]
    public void What_is_none_is_refused(string text)
    {
        Assert.False(ModelReference.TryParse(text, out _));
        Assert.Throws<FormatException>(() => ModelReference.Parse(text));
    }
}
