using System.Globalization;
using FsCheck;
using Microsoft.FSharp.Core;

namespace LocalLlm.Tests.Gguf;

/// <summary>
/// Runs a property: 2,000 cases, or 100,000 where LOCALLLM_TESTS is "all". The seed is printed; LOCALLLM_SEED sets it,
/// so that a failure can be repeated.
/// </summary>
internal static class PropertyRun
{
    public static bool All => Environment.GetEnvironmentVariable("LOCALLLM_TESTS") == "all";

    /// <summary>Number of cases; <paramref name="share"/> makes costly ones fewer.</summary>
    public static int Cases(int share = 1) => (All ? 100_000 : 2_000) / share;

    public static void Check<T>(Gen<T> cases, Action<T> property, int share = 1)
    {
        ulong seed = Seed();
        int count = Cases(share);
        int run = 0;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{count} cases, LOCALLLM_SEED={seed}"));
        Config config = Config.QuickThrowOnFailure
            .WithMaxTest(count)
            .WithQuietOnSuccess(true)
            .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(seed), FSharpOption<int>.None)));
        try
        {
            FsCheck.Fluent.Prop.ForAll(FsCheck.Fluent.Arb.From(cases), (T value) =>
            {
                run++;
                property(value);
            }).Check(config);
        }
        catch (Exception e)
        {
            Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"LOCALLLM_SEED={seed} repeats this.\n{e}"));
        }

        Assert.True(run >= count, $"Only {run} of {count} cases ran.");
    }

    private static ulong Seed()
    {
        string? text = Environment.GetEnvironmentVariable("LOCALLLM_SEED");
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)
            ? seed
            : (ulong)Random.Shared.NextInt64();
    }
}
