using LocalLlm.Planning;
using LocalLlm.Quantization;
using LocalLlm.Tests.Gguf;
using LocalLlm.Tests.Planning;

namespace LocalLlm.Tests.Quantization;

/// <summary>Types and sizes of variants, against llama.cpp's own dry run and the files that it makes.</summary>
public sealed class VariantLayoutTests
{
    public static TheoryData<string> RealSizes() => [.. RealSizeModels.All.Keys, "falcon 40B", "guide"];

    [Theory]
    [MemberData(nameof(RealSizes))]
    public void Each_tensor_gets_the_type_that_a_dry_run_of_llama_cpp_says(string name)
    {
        using TestFolder folder = new();
        string path = name == "guide" ? GuideModel.Path : folder.File("model.gguf");
        if (name != "guide")
        {
            WriteHole(path, name == "falcon 40B" ? Falcon() : RealSizeModels.All[name].Value);
        }

        using GgufFile file = GgufFile.Open(path);
        int compared = 0;
        foreach (FileTypeTraits traits in FileTypeTraits.All.Where(traits => traits.Tensors is not null))
        {
            Dictionary<string, string>? native = NativeQuantizer.DryRun(path, traits.Type);
            if (native is null)
            {
                Assert.Throws<QuantizationException>(() => VariantLayout.Of(file, traits.Type));
                continue;
            }

            VariantLayout layout = VariantLayout.Of(file, traits.Type);
            Assert.Equal(file.Tensors.Count, native.Count);
            for (int i = 0; i < layout.Tensors.Length; i++)
            {
                Assert.True(
                    native[layout.Tensors[i].Name] == layout.Types[i].DisplayName(),
                    $"{traits.Type}, {layout.Tensors[i].Name}: llama.cpp says {native[layout.Tensors[i].Name]}, we {layout.Types[i].DisplayName()}.");
            }

            compared++;
        }

        Assert.True(compared > 30, $"{compared} file types compared");
    }

    [Fact]
    public void The_quantizers_order_is_by_layer_and_then_by_name()
    {
        using GgufFile file = GgufFile.Open(GuideModel.Path);
        string[] names = [.. QuantizedTensor.AllOf(file).Select(tensor => tensor.Name)];
        Assert.Equal("token_embd.weight", names[1]);
        Assert.Equal("output_norm.weight", names[0]);
        Assert.Equal("blk.0.attn_k.weight", names[2]);
        Assert.True(Array.IndexOf(names, "blk.5.attn_k.weight") > Array.IndexOf(names, "blk.4.ffn_up.weight"));
    }

    // The header without its vocabulary, which takes long to read and changes nothing, and a hole where the weights would be.
    private static void WriteHole(string path, TinyModelBuilder model)
    {
        using GgufFile file = HeaderModels.Open(model);
        using FileStream stream = File.Create(path);
        stream.Write(StrippedHeader.Of(file));
        stream.SetLength(file.FileLength!.Value);
    }

    // Only its hyperparameters and names matter to the quantizer.
    private static TinyModelBuilder Falcon()
    {
        TinyModelBuilder model = new("falcon", TinyVocabulary.BytePairs());
        model.Set("context_length", 2048);
        model.Set("embedding_length", 8192);
        model.Set("feed_forward_length", 32768);
        model.Set("block_count", 60);
        model.Set("attention.head_count", 128);
        model.Set("attention.head_count_kv", 8);
        model.Set("attention.layer_norm_epsilon", 1e-5f);
        model.Add("token_embd.weight", 8192, 65024);
        model.Add("output.weight", 8192, 65024);
        for (int i = 0; i < 60; i++)
        {
            model.Add($"blk.{i}.attn_norm.weight", 8192);
            model.Add($"blk.{i}.attn_qkv.weight", 8192, 9216);
            model.Add($"blk.{i}.attn_output.weight", 8192, 8192);
            model.Add($"blk.{i}.ffn_up.weight", 8192, 32768);
            model.Add($"blk.{i}.ffn_down.weight", 32768, 8192);
        }

        return model;
    }
}
