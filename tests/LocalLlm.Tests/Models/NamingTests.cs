using LocalLlm.Models;

namespace LocalLlm.Tests.Models;

public sealed class NamingTests
{
    [Theory]
    [InlineData("Qwen3-4B-Q4_K_M.gguf", "Q4_K_M")]
    [InlineData("SmolLM2-135M-Instruct.Q4_1.gguf", "Q4_1")]
    [InlineData("gemma-3-4b-it-q4_0.gguf", "Q4_0")]
    [InlineData("qwen2.5-0.5b-instruct-fp16.gguf", "F16")]
    [InlineData("Qwen3-30B-A3B-UD-Q4_K_XL.gguf", "UD-Q4_K_XL")]
    [InlineData("BF16/Qwen3-235B-BF16-00001-of-00010.gguf", "BF16")]
    [InlineData("Q8_0/model-00001-of-00002.gguf", "Q8_0")]
    [InlineData("model_IQ4_XS.gguf", "IQ4_XS")]
    [InlineData("model-IQ4_NL.gguf", "IQ4_NL")]
    [InlineData("model-UD-IQ2_XXS.gguf", "UD-IQ2_XXS")]
    [InlineData("gpt-oss-20b-mxfp4.gguf", "MXFP4")]
    [InlineData("gpt-oss-20b-MXFP4_MOE.gguf", "MXFP4_MOE")]
    [InlineData("model-Q4_0_4_8.gguf", "Q4_0_4_8")]
    [InlineData("model-TQ2_0.gguf", "TQ2_0")]
    [InlineData("from-F32-to-Q5_K_S.gguf", "Q5_K_S")]
    [InlineData("model.gguf", null)]
    [InlineData("Q4ever.gguf", null)]
    [InlineData("DeepSeekF16er.gguf", null)]
    public void A_name_tells_the_quantization(string name, string? label) => Assert.Equal(label, VariantLabel.Of(name));

    [Theory]
    [InlineData("model-Q4_K_M.gguf", true)]
    [InlineData("sub/Dolora-7B.Q8_0.GGUF", true)]
    [InlineData("mmproj/model.gguf", true)]
    [InlineData("mmproj-model-f16.gguf", false)]
    [InlineData("model-mmproj-f16.gguf", false)]
    [InlineData("imatrix.gguf", false)]
    [InlineData("Qwen3-4B-imatrix.gguf", false)]
    [InlineData("my-lora-f16.gguf", false)]
    [InlineData("ggml-vocab-gpt-2.gguf", false)]
    [InlineData("mtp-model-Q8_0.gguf", false)]
    [InlineData("model.safetensors", false)]
    public void Names_of_what_is_no_model_are_known(string name, bool isModel) => Assert.Equal(isModel, ModelFileName.IsModel(name));

    [Fact]
    public void Parts_are_one_model_and_sets_that_lack_parts_are_none()
    {
        string[] names = ["b.gguf", "s-00002-of-00002.gguf", "s-00001-of-00002.gguf", "t-00001-of-00003.gguf", "t-00003-of-00003.gguf", "u-00002-of-00002.gguf"];
        Assert.Equal([["b.gguf"], ["s-00001-of-00002.gguf", "s-00002-of-00002.gguf"]], FileSets.Of(names, name => name));
    }

    [Theory]
    [InlineData("a.gguf", true)]
    [InlineData("Q4_K_M/ä b-00001-of-00002.gguf", true)]
    [InlineData("console.gguf", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("../a.gguf", false)]
    [InlineData("a/../../b.gguf", false)]
    [InlineData("/etc/a.gguf", false)]
    [InlineData("a//b.gguf", false)]
    [InlineData("a/", false)]
    [InlineData("C:/a.gguf", false)]
    [InlineData(@"a\b.gguf", false)]
    [InlineData(@"..\a.gguf", false)]
    [InlineData("a\0.gguf", false)]
    [InlineData("a\n.gguf", false)]
    [InlineData("a.gguf:stream", false)]
    [InlineData("CON.gguf", false)]
    [InlineData("sub/nul", false)]
    [InlineData("com1.tar.gguf", false)]
    [InlineData("a.gguf.", false)]
    [InlineData("a.gguf ", false)]
    public void Only_plain_relative_names_become_paths(string name, bool isSafe) => Assert.Equal(isSafe, RemotePath.IsSafe(name));

    [Fact]
    public void Names_longer_than_a_file_system_takes_are_refused() => Assert.False(RemotePath.IsSafe(new string('a', 256)));
}
