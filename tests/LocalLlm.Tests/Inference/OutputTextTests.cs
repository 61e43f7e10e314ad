using System.Text;
using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference;

public sealed class OutputTextTests
{
    [Fact]
    public void Characters_are_held_back_until_whole_at_every_split()
    {
        const string text = "aé€😀z";
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        foreach (byte[][] pieces in Splits(bytes))
        {
            string[] taken = [.. Run([], pieces)];

            Assert.Equal(text, string.Concat(taken));
            Assert.All(taken, t => Assert.DoesNotContain('\uFFFD', t));
        }
    }

    [Fact]
    public void A_stop_string_is_found_at_every_split_and_never_gets_out()
    {
        foreach (byte[][] pieces in Splits("one€<stop>two"u8.ToArray()))
        {
            OutputText output = new(["<stop>"u8.ToArray(), "<other>"u8.ToArray()]);
            StringBuilder taken = new();
            foreach (byte[] piece in pieces)
            {
                output.Append(piece);
                taken.Append(output.Take(isEnd: false));
                if (output.IsStopped)
                {
                    break;
                }
            }

            Assert.True(output.IsStopped);
            Assert.Equal("one€", taken.ToString());
        }
    }

    [Fact]
    public void The_first_of_several_stop_strings_counts() =>
        Assert.Equal("a", string.Concat(Run(["cd", "bc"], ["abcd"u8.ToArray()])));

    [Fact]
    public void What_only_looked_like_a_stop_string_gets_out() =>
        Assert.Equal("<sto <st", string.Concat(Run(["<stop>"], ["<st"u8.ToArray(), "o "u8.ToArray(), "<st"u8.ToArray()])));

    [Fact]
    public void Text_is_not_held_back_longer_than_a_stop_string_may_begin_in_it()
    {
        OutputText output = new([Encoding.UTF8.GetBytes("abc")]);

        output.Append("xxab"u8);
        Assert.Equal("xx", output.Take(isEnd: false));
        output.Append("x"u8);
        Assert.Equal("abx", output.Take(isEnd: false));
    }

    [Fact]
    public void Bytes_that_never_become_a_character_are_replaced_at_the_end() =>
        Assert.Equal("a\uFFFD", string.Concat(Run([], ["a"u8.ToArray(), [0xE2, 0x82]])));

    private static IEnumerable<string> Run(string[] stops, byte[][] pieces)
    {
        OutputText output = new([.. stops.Select(Encoding.UTF8.GetBytes)]);
        foreach (byte[] piece in pieces)
        {
            output.Append(piece);
            if (output.Take(isEnd: false) is { } text)
            {
                yield return text;
            }

            if (output.IsStopped)
            {
                yield break;
            }
        }

        if (output.Take(isEnd: true) is { } rest)
        {
            yield return rest;
        }
    }

    // Every way to cut the bytes into at most three pieces, and into single bytes.
    private static IEnumerable<byte[][]> Splits(byte[] bytes)
    {
        for (int a = 0; a <= bytes.Length; a++)
        {
            for (int b = a; b <= bytes.Length; b++)
            {
                yield return [bytes[..a], bytes[a..b], bytes[b..]];
            }
        }

        yield return [.. bytes.Select(b => new[] { b })];
    }
}
