using LocalLlm.Gguf;
using LocalLlm.Gguf.Rules;

namespace LocalLlm.Tests.Gguf.Rules;

public sealed class ExpressionTests
{
    [Theory]
    [InlineData("1 + 2*3", 7)]
    [InlineData("(1 + 2)*3", 9)]
    [InlineData("7/2 - 7%4", 0)]
    [InlineData("-2 * -3", 6)]
    [InlineData("2 - 1 - 1", 0)]
    [InlineData("1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3", 1)]
    [InlineData("1 == 2 || 1 != 2", 1)]
    [InlineData("!1 || !(2 - 2)", 1)]
    [InlineData("0 || 0 && 1", 0)]
    [InlineData("1 ? 2 : 3", 2)]
    [InlineData("0 ? 2 : 0 ? 3 : 4", 4)]
    [InlineData("true && !false", 1)]
    [InlineData("0x461C4000", 1176256512)]
    [InlineData("n_embd/n_head", 16)]
    [InlineData("n_head[i] + n_head_kv[i]", 6)]
    [InlineData("arch(llama) && !arch(qwen2)", 1)]
    [InlineData("has(output.weight) && has(blk.attn_q.weight) && !has(blk.attn_qkv.weight)", 1)]
    [InlineData("given(block_count) && !given(expert_count)", 1)]
    public void Expressions_are_computed_as_in_c(string text, long expected)
    {
        Assert.True(Evaluate(text, out long value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("1/0")]
    [InlineData("1%(n_head - 4)")]
    [InlineData("0x7FFFFFFFFFFFFFFF + 1")]
    [InlineData("0x4000000000000000*2")]
    public void What_can_not_be_computed_fails(string text) => Assert.False(Evaluate(text, out _));

    [Theory]
    [InlineData("0 && 1/0", 0)]
    [InlineData("1 || 1/0", 1)]
    [InlineData("0 ? 1/0 : 5", 5)]
    public void What_is_not_needed_is_not_computed(string text, long expected)
    {
        Assert.True(Evaluate(text, out long value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1 +")]
    [InlineData("(1")]
    [InlineData("1 2")]
    [InlineData("dinosaur")]
    [InlineData("n_head[j]")]
    [InlineData("some(x)")]
    [InlineData("1 ? 2")]
    public void What_is_no_expression_is_a_fault_of_the_table(string text) =>
        Assert.Throws<FormatException>(() => Expression.Parse(text, new RuleScope("llama")));

    [Theory]
    [InlineData("n_embd = dinosaur x")]
    [InlineData("dinosaur block_count")]
    [InlineData("rope sideways")]
    [InlineData("swa sometimes")]
    [InlineData("if n_head > 1")]
    [InlineData("layers")]
    [InlineData("call tied 3")]
    public void What_is_no_rule_is_a_fault_of_the_table(string line) =>
        Assert.Throws<FormatException>(() => RuleParser.Parse(new RuleScope("llama"), Macros.Text, [line]));

    /// <summary>Over the dense tiny model.</summary>
    private static bool Evaluate(string text, out long value)
    {
        using GgufFile file = SampleModel.Open(TinyModels.Plan(TinyModels.Dense).Build());
        PartHeader part = file.PartHeaders[0];
        using HeaderLease lease = part.Buffer.Acquire();
        FindingList findings = new(0);
        KeyReader keys = new(part, lease.Bytes, "llama"u8, findings);
        Hyperparameters model = Hyperparameters.Read(keys)!;
        RuleScope scope = new("llama");
        Expression expression = Expression.Parse(text, scope);
        RuleRun run = new(file, model, VocabularyRules.Check(keys), keys, scope, findings);
        return run.TryEvaluate(expression, out value);
    }
}
