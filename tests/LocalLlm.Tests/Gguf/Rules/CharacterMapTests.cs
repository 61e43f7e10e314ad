using static LocalLlm.Tests.Gguf.Rules.RuleChecks;

namespace LocalLlm.Tests.Gguf.Rules;

public sealed class CharacterMapTests
{
    private const string Key = "tokenizer.ggml.precompiled_charsmap";
    private const int Leaf = 1 << 8;

    [Fact]
    public void A_map_with_a_replacement_is_accepted()
    {
        Accepted(TinyModels.Window, model => Use(model, Map(Tree(value: 0), "b\0"u8)));
        Accepted(TinyModels.Window, model => Use(model, Map([], "\0"u8)));
        Accepted(TinyModels.Window, model => Use(model, Map(Tree(value: 2), "b\0c\0"u8)));
    }

    [Fact]
    public void What_leads_out_of_the_map_is_refused()
    {
        Damaged(Map(Tree(value: 2), "b\0"u8));
        Damaged(Map(Tree(value: 0), "b"u8));
        Damaged(Map(Tree(value: 3), "b\0c"u8));
        Damaged(Map(Tree(value: 0)[..255], "b\0"u8));
        Damaged(Map(Tree(value: 0, childBase: 256), "b\0"u8));
        uint[] farRoot = Tree(value: 0);
        farRoot[0] = 1u << 20;
        Damaged(Map(farRoot, "b\0"u8));
    }

    [Fact]
    public void A_map_that_is_cut_off_is_refused()
    {
        Damaged([]);
        Damaged([1, 2, 3]);
        Damaged([4, 0, 0, 0]);
        Damaged([255, 255, 255, 255, 0, 0]);
        Damaged(Map(Tree(value: 0), []));
        Damaged(new byte[5 << 20]);
    }

    [Fact]
    public void A_map_is_made_of_bytes()
    {
        Refused("wrong-type", Key, TinyModels.Window, model => SetMap(model, new uint[] { 1 }));
        Refused("wrong-type", Key, TinyModels.Window, model => SetMap(model, "text"));
        Accepted(TinyModels.Window, model => SetMap(model, Array.ConvertAll(Map(Tree(value: 0), "b\0"u8), value => (sbyte)value)));
    }

    [Fact]
    public void A_tree_that_turns_in_a_circle_is_walked_once()
    {
        uint[] tree = Tree(value: 0);
        tree['a'] = 'a' | ((uint)'a' << 10);
        Accepted(TinyModels.Window, model => Use(model, Map(tree, "b\0"u8)));
    }

    private static void Damaged(byte[] map) => Refused("bad-character-map", Key, TinyModels.Window, model => Use(model, map));

    private static void Use(TinyModelBuilder model, byte[] map) => SetMap(model, map);

    private static void SetMap(TinyModelBuilder model, object map)
    {
        model.Metadata["tokenizer.ggml.model"] = "t5";
        model.Metadata["tokenizer.ggml.add_bos_token"] = false;
        model.Metadata[Key] = map;
    }

    /// <summary>A tree that replaces "a": the root's base is 0, so its child is at the letter's own number, and that one's value at a place of its own.</summary>
    private static uint[] Tree(uint value, uint childBase = 1)
    {
        uint[] tree = new uint[256];
        tree['a'] = 'a' | Leaf | (childBase << 10);
        if (('a' ^ childBase) < 256)
        {
            tree['a' ^ childBase] = value | (1u << 31);
        }

        return tree;
    }

    private static byte[] Map(uint[] tree, ReadOnlySpan<byte> texts)
    {
        MemoryStream stream = new();
        stream.Write(BitConverter.GetBytes(tree.Length * sizeof(uint)));
        foreach (uint node in tree)
        {
            stream.Write(BitConverter.GetBytes(node));
        }

        stream.Write(texts);
        return stream.ToArray();
    }
}
