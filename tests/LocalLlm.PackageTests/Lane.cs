namespace LocalLlm.PackageTests;

/// <summary>
/// What a run covers. By default this machine's runtime and the quick consumer test; LOCALLLM_TESTS=all (CI) every
/// runtime and consumer; LOCALLLM_TESTS=cuda the CUDA packages too, 600 MB of downloads. LOCALLLM_REQUIRE names what
/// (model, vulkan) must be there: a test that lacks it then fails instead of being skipped.
/// </summary>
internal static class Lane
{
    public static bool Cuda { get; } = Environment.GetEnvironmentVariable("LOCALLLM_TESTS") == "cuda";

    public static bool All { get; } = Cuda || Environment.GetEnvironmentVariable("LOCALLLM_TESTS") == "all";

    /// <summary>What llama.cpp.json pins of what this run packs.</summary>
    public static IEnumerable<PinnedPackage> Packages => Pin.Read().Packages.Where(p => p.IsCuda ? Cuda : All || p.IsForThisMachine);

    public static void NeedsAll() => Assert.SkipUnless(All, "Runs with LOCALLLM_TESTS=all.");

    public static void Needs(string what, bool present, string missing)
    {
        if (!present)
        {
            string[] required = (Environment.GetEnvironmentVariable("LOCALLLM_REQUIRE") ?? "").Split([',', ' ', ';']);
            Assert.False(required.Contains(what), missing);
            Assert.Skip(missing);
        }
    }
}
