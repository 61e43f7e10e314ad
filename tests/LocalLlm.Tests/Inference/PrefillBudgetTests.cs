using LocalLlm.Inference;

namespace LocalLlm.Tests.Inference;

public sealed class PrefillBudgetTests
{
    [Theory]
    [InlineData(1000, 250)]
    [InlineData(100_000, 2048)]
    [InlineData(8, 4)]
    public void A_step_takes_what_a_quarter_of_a_second_can_read(double tokensPerSecond, int expected)
    {
        PrefillBudget budget = new(maximum: 2048);
        for (int i = 0; i < 20; i++)
        {
            int tokens = budget.Tokens(isAlone: false);
            budget.Observe(tokens, TimeSpan.FromSeconds(tokens / tokensPerSecond));
        }

        Assert.InRange(budget.Tokens(isAlone: false), expected - 1, expected);
        Assert.InRange(budget.Tokens(isAlone: true), expected, 8 * expected);
    }

    [Fact]
    public void One_lucky_step_does_not_make_the_next_a_long_one()
    {
        PrefillBudget budget = new(maximum: 2048);
        int before = budget.Tokens(isAlone: false);

        budget.Observe(before, TimeSpan.FromTicks(1));

        Assert.Equal(2 * before, budget.Tokens(isAlone: false));
    }

    [Fact]
    public void A_small_batch_bounds_the_step() => Assert.Equal(3, new PrefillBudget(maximum: 3).Tokens(isAlone: true));
}
