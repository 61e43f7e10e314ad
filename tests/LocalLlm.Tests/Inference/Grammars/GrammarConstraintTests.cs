using System.Text;
using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference;

public sealed class GrammarConstraintTests(GrammarModel model) : IClassFixture<GrammarModel>
{
    [Theory]
    [InlineData("root ::= \"yes\" | \"no\"", "yes", true)]
    [InlineData("root ::= \"yes\" | \"no\"", "ye", false)]
    [InlineData("root ::= \"yes\" | \"no\"", "maybe", null)]
    [InlineData("root ::= [0-9]{2,3}", "1", false)]
    [InlineData("root ::= [0-9]{2,3}", "123", true)]
    [InlineData("root ::= [0-9]{2,3}", "1234", null)]
    [InlineData("root ::= [^a-z]+ . \"\\u00e9\"? \"\\t\" [\\]\\-\\x41]", "ABc\tz", null)]
    [InlineData("root ::= [^a-z]+ . \"\\u00e9\"? \"\\t\" [\\]\\-\\x41]", "ABxé\t-", true)]
    [InlineData("root ::= (\"模\" | \"型\" | \"😀\")+", "模型😀", true)]
    [InlineData("root ::= (\"模\" | \"型\" | \"😀\")+", "模型😁", null)]
    [InlineData("root ::= \"a\"{1,5000}", "aaaaaaaa", true)]
    [InlineData("root ::= \"(\" root \")\" | \"x\"", "((x))", true)]
    [InlineData("root ::= \"(\" root \")\" | \"x\"", "((x)", false)]
    [InlineData("root ::= \"\" | \"a\"", "", true)]
    public void A_text_is_followed_token_by_token(string grammar, string text, bool? isWhole)
    {
        GrammarConstraint constraint = model.Constrain(grammar);

        Assert.Equal(isWhole is not null, Follow(constraint, model.Tokens(text)));
        if (isWhole is { } whole)
        {
            Assert.Equal(whole, constraint.Allows(model.End));
        }
    }

    [Fact]
    public void A_forbidden_token_is_never_accepted()
    {
        GrammarConstraint constraint = model.Constrain("root ::= \"yes\"");

        Assert.Throws<InvalidOperationException>(() => constraint.Accept(model.Tokens("no")[0]));
        Assert.Throws<InvalidOperationException>(() => constraint.Accept(model.End));
        Assert.True(Follow(constraint, model.Tokens("yes")));
        constraint.Accept(model.End);
        Assert.True(constraint.Allows(model.End));
        Assert.Throws<InvalidOperationException>(() => constraint.Accept(model.Tokens("y")[0]));
    }

    // llama.cpp matches the text of control tokens, which no reader ever sees.
    [Fact]
    public void Control_tokens_are_no_text_and_allowed_only_by_name()
    {
        int control = Assert.Single(model.Tokens("<|im_start|>"));
        GrammarConstraint any = model.Constrain("root ::= .+");
        GrammarConstraint other = model.Constrain("root ::= !<[0]>+");
        GrammarConstraint named = model.Constrain("root ::= <|im_start|> \"a\"");
        GrammarConstraint numbered = model.Constrain($"root ::= <[{control}]> \"a\"");

        Assert.False(any.Allows(control));
        Assert.False(other.Allows(control));
        foreach (GrammarConstraint constraint in new[] { named, numbered })
        {
            Assert.False(constraint.Allows(model.Tokens("a")[0]));
            Assert.True(Follow(constraint, [control, model.Tokens("a")[0]]));
            Assert.True(constraint.Allows(model.End));
        }
    }

    [Theory]
    [InlineData("root ::= <[999999]>", 10)]
    [InlineData("root ::= <|im_start|> !<no such token>", 23)]
    public void A_token_that_the_model_does_not_have_is_refused_with_its_place(string grammar, int column)
    {
        GrammarException error = Assert.Throws<GrammarException>(() => model.Constrain(grammar));

        Assert.Equal((1, column), (error.Line, error.Column));
    }

    [Fact]
    public void A_character_may_come_in_several_tokens_but_only_whole()
    {
        GrammarConstraint constraint = model.Constrain("root ::= \"a\" \"é\"? | !<[0]>");
        int[] bytes = [model.Byte((byte)'a'), model.Byte(0xC3), model.Byte(0xA9)];

        Assert.False(constraint.Allows(bytes[2]));
        Assert.True(Follow(constraint, bytes[..2]));
        Assert.False(constraint.Allows(model.End));
        Assert.False(constraint.Allows(bytes[0]));
        Assert.False(constraint.Allows(bytes[1]));
        Assert.True(Follow(constraint, bytes[2..]));
        Assert.True(constraint.Allows(model.End));
    }

    // llama.cpp reads overlong forms. Of a NUL so written, its last bytes in one token, it would take the end of the token for allowed and fail to accept it.
    [Theory]
    [InlineData(0xC0)]
    [InlineData(0xC1)]
    [InlineData(0xE0, 0x80)]
    [InlineData(0xED, 0xA0)]
    [InlineData(0xF0, 0x80)]
    [InlineData(0xF5)]
    [InlineData(0x80)]
    public void Bytes_that_are_no_characters_are_not_allowed(params int[] bytes)
    {
        GrammarConstraint constraint = model.Constrain("root ::= [^a]*");

        Assert.True(Follow(constraint, bytes[..^1].Select(b => model.Byte((byte)b))));
        Assert.False(constraint.Allows(model.Byte((byte)bytes[^1])));
    }

    [Fact]
    public void The_mask_leaves_exactly_what_is_allowed_in_its_order()
    {
        using Candidates candidates = new(model.Vocabulary.Count);
        GrammarConstraint constraint = model.Constrain("root ::= \"a\"+ [é-í]? [0-9]");
        foreach (int token in model.Tokens("aa").Append(model.Byte(0xC3)).Append(model.Byte(0xA9)))
        {
            candidates.Fill(new float[model.Vocabulary.Count]);
            constraint.Mask(candidates);
            int[] left = [.. candidates.Left.ToArray().Select(c => c.id)];

            Assert.Equal(Enumerable.Range(0, model.Vocabulary.Count).Where(constraint.Allows), left);
            Assert.Contains(token, left);
            constraint.Accept(token);
        }
    }

    [Fact]
    public void On_the_way_through_random_grammars_masks_leave_what_is_allowed()
    {
        const int seed = 20261125;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        using Candidates candidates = new(model.Vocabulary.Count);
        int followed = 0;
        int tooAmbiguous = 0;
        for (int i = 0; i < 150; i++)
        {
            Random random = new(unchecked((seed * 31) + i));
            string grammar = RandomGrammar.Write(random);
            if (Record.Exception(() => model.Constrain(grammar)) is { } error)
            {
                Assert.IsType<GrammarException>(error);
                continue;
            }

            try
            {
                FollowAtRandom(model.Constrain(grammar), grammar, random, candidates);
                followed++;
            }
            catch (GrammarException)
            {
                // Some are so ambiguous that the work for a token reaches its limit: that is their way to end.
                tooAmbiguous++;
            }
        }

        Assert.InRange(tooAmbiguous, 0, followed / 4);

        // If little is valid, the test tests little.
        Assert.InRange(followed, 30, 150);
    }

    [Theory]
    [InlineData("root ::= \"a\" <|im_start|> \"b\"", "a<|im_start|>b", true)]
    [InlineData("root ::= \"a\" <|im_start|> \"b\"", "ab", null)]
    [InlineData("root ::= [a-z]+ <|im_start|>?", "abc<|im_start|>", true)]
    [InlineData("root ::= !<[0]>* \" yes\"", "some 模 text 😀 yes", true)]
    [InlineData("root ::= !<[0]>* \" yes\"", "some 模 text 😀 no", false)]
    [InlineData("root ::= !<[0]>{2} | \"é\"", "é", true)]
    [InlineData("root ::= \"a\" <|im_end|>", "a<|im_end|>", true)]
    public void Tokens_and_text_may_follow_each_other(string grammar, string text, bool? isWhole)
    {
        GrammarConstraint constraint = model.Constrain(grammar);

        Assert.Equal(isWhole is not null, Follow(constraint, model.Tokens(text)));
        Assert.Equal(isWhole, isWhole is null ? null : constraint.Allows(model.End));
    }

    // Every way to write the text in tokens of any bytes of it.
    [Fact]
    public void A_text_may_be_split_into_tokens_anywhere()
    {
        byte[] text = Encoding.UTF8.GetBytes("aé模😀z");
        List<byte[]> pieces = [];
        for (int start = 0; start < text.Length; start++)
        {
            for (int end = start + 1; end <= text.Length; end++)
            {
                pieces.Add(text[start..end]);
            }
        }

        foreach (string gbnf in new[] { "root ::= \"aé模😀z\"", "root ::= [a-z] [é-í] [^a-z] . \"z\"", "root ::= .*", "root ::= (\"a\" | \"é\" | root root) | \"模\" root | [😀z]" })
        {
            Grammar grammar = Grammar.Parse(gbnf);
            ModelGrammar known = new(new GrammarAutomaton(grammar.Program, [], grammar.Root.Index), new TokenTrie(pieces, []));
            SplitAnywhere(new GrammarConstraint(known), [], 0);

            void SplitAnywhere(GrammarConstraint constraint, int[] tokens, int at)
            {
                Assert.True(at < text.Length || Follow(constraint, tokens), $"{string.Join(' ', tokens)} for {gbnf}");
                for (int token = 0; at < text.Length && token < pieces.Count; token++)
                {
                    if (text.AsSpan(at).StartsWith(pieces[token]))
                    {
                        SplitAnywhere(new GrammarConstraint(known), [.. tokens, token], at + pieces[token].Length);
                    }
                }
            }
        }
    }

    // A model need not have a token that ends a text.
    [Theory]
    [InlineData("root ::= \"yes\" | \"no\"", "no", true)]
    [InlineData("root ::= \"yes\" | \"no\"", "ye", false)]
    [InlineData("root ::= [0-9]{1,2} end\nend ::= \"\"", "12", true)]
    [InlineData("root ::= [0-9]*", "12", false)]
    [InlineData("root ::= \"\"", "", true)]
    public void A_text_is_finished_when_nothing_can_follow(string grammar, string text, bool isFinished)
    {
        GrammarConstraint constraint = model.Constrain(grammar);

        Assert.True(Follow(constraint, model.Tokens(text)));
        Assert.Equal(isFinished, constraint.IsFinished);
    }

    [Fact]
    public void Asking_allocates_nothing()
    {
        using Candidates candidates = new(model.Vocabulary.Count);
        GrammarConstraint constraint = model.Constrain("root ::= ([a-zé] | !<[0]>)*");
        float[] logits = new float[model.Vocabulary.Count];
        int[] tokens = [.. model.Tokens("some text"), model.Byte(0xC3), model.Byte(0xA9), model.End];
        Ask();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Ask();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Ask()
        {
            foreach (int token in tokens)
            {
                candidates.Fill(logits);
                constraint.Mask(candidates);
                if (constraint.Allows(token))
                {
                    constraint.Accept(token);
                }
            }
        }
    }

    [Fact]
    public void It_needs_its_model_no_more()
    {
        GrammarModel other = new();
        GrammarConstraint constraint = other.Constrain("root ::= \"yes\"");
        int[] tokens = other.Tokens("yes");
        other.Dispose();

        Assert.True(Follow(constraint, tokens));
        Assert.True(constraint.IsFinished);
    }

    [Fact]
    public void The_grammars_of_llama_cpp_are_read_and_taken()
    {
        string source = LlamaSource.Folder;
        string[] files = Directory.GetFiles(Path.Combine(source, "grammars"), "*.gbnf");

        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            model.Constrain(File.ReadAllText(file));
        }
    }

    private void FollowAtRandom(GrammarConstraint constraint, string grammar, Random random, Candidates candidates)
    {
        float[] logits = new float[model.Vocabulary.Count];
        for (int step = 0; step < 8; step++)
        {
            candidates.Fill(logits);
            constraint.Mask(candidates);
            int[] left = [.. candidates.Left.ToArray().Select(c => c.id)];
            Assert.True(Enumerable.Range(0, model.Vocabulary.Count).Where(constraint.Allows).SequenceEqual(left), grammar);
            if (left.Length == 0)
            {
                return;
            }

            // Those within characters are few, and would hardly ever come.
            int[] bytes = [.. left.Where(t => model.Vocabulary.Piece(t) is [>= 0x80])];
            int token = bytes.Length > 0 && random.Next(2) == 0 ? bytes[random.Next(bytes.Length)] : left[random.Next(left.Length)];
            constraint.Accept(token);
            if (model.Vocabulary.EndsGeneration(token))
            {
                return;
            }
        }
    }

    private static bool Follow(GrammarConstraint constraint, IEnumerable<int> tokens)
    {
        foreach (int token in tokens)
        {
            if (!constraint.Allows(token))
            {
                return false;
            }

            constraint.Accept(token);
        }

        return true;
    }
}
