namespace LocalLlm.Tests;
public sealed class SmokeTests
{
    [Fact] public void One() => Assert.Equal(2, 1 + 1);
    [Fact] public void Two() => Assert.Skip("reason");
}
