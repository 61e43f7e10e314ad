using System.Text.RegularExpressions;
using LocalLlm.Gguf;

namespace LocalLlm.Tests.Gguf;

public sealed partial class GgmlTypeTests
{
    [Fact]
    public void Every_named_type_has_a_block_and_a_size()
    {
        foreach (GgmlType type in Enum.GetValues<GgmlType>())
        {
            Assert.True(type.BlockSize() > 0, type.ToString());
            Assert.True(type.TypeSize() > 0, type.ToString());
            Assert.Equal(type.BlockSize() > 1, type.IsQuantized());
            Assert.Equal(type.ToString(), type.DisplayName(), ignoreCase: true);
        }

        Assert.Equal(35, Enum.GetValues<GgmlType>().Length);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(31)]
    [InlineData(38)]
    [InlineData(43)]
    [InlineData(-1)]
    public void Removed_and_unknown_types_have_no_size(int type)
    {
        Assert.False(GgmlTypeTraits.TryGet(type, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => ((GgmlType)type).TypeSize());
        Assert.Equal($"type {type}", ((GgmlType)type).DisplayName());
    }

    [Fact]
    public void A_row_is_a_whole_number_of_blocks()
    {
        Assert.Equal(288, GgmlType.Q4_K.RowSize(512));
        Assert.Equal(0, GgmlType.Q4_K.RowSize(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => GgmlType.Q4_K.RowSize(511));
        Assert.Throws<ArgumentOutOfRangeException>(() => GgmlType.F32.RowSize(-1));
        Assert.Throws<OverflowException>(() => GgmlType.F32.RowSize(long.MaxValue));
    }

    [Fact]
    public void The_types_are_those_of_the_llama_cpp_source()
    {
        string? source = Environment.GetEnvironmentVariable("LOCALLLM_LLAMACPP_SOURCE");
        Assert.SkipWhen(string.IsNullOrEmpty(source), "LOCALLLM_LLAMACPP_SOURCE does not name a folder with the llama.cpp source.");
        string header = File.ReadAllText(Path.Combine(source!, "ggml", "include", "ggml.h"));
        Dictionary<string, int> native = EnumLine().Matches(header).ToDictionary(
            match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, null));
        Assert.Equal(GgmlTypeTraits.Count, native["COUNT"]);
        native.Remove("COUNT");
        Assert.Equal(native.OrderBy(item => item.Value), Enum.GetValues<GgmlType>()
            .Select(type => KeyValuePair.Create(type.ToString(), (int)type))
            .OrderBy(item => item.Value));
    }

    [GeneratedRegex(@"^\s+GGML_TYPE_(\w+)\s*=\s*(\d+),", RegexOptions.Multiline)]
    private static partial Regex EnumLine();
}
