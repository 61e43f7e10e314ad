namespace LocalLlm.Tests;

/// <summary>What a test needs of the machine. Where it is absent the test is skipped; where LOCALLLM_REQUIRE (a comma list) names it, it fails.</summary>
internal static class Requirement
{
    internal static bool RunsAll => Environment.GetEnvironmentVariable("LOCALLLM_TESTS") == "all";

    /// <summary>A whole number in the environment; null where there is none.</summary>
    internal static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? int.Parse(value, System.Globalization.CultureInfo.InvariantCulture) : null;

    internal static void Meet(string name, bool isPresent, string reason)
    {
        if (!isPresent)
        {
            string[] required = (Environment.GetEnvironmentVariable("LOCALLLM_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries);
            Assert.False(required.Contains(name), $"LOCALLLM_REQUIRE names {name}, but: {reason}");
            Assert.Skip(reason);
        }
    }
}
