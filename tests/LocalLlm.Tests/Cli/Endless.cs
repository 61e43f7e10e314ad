namespace LocalLlm.Tests;

/// <summary>Answers that end only where the context does, for tests that stop them.</summary>
internal static class Endless
{
    /// <summary>Every token is about as likely as any other, so that the end of the answer is hardly ever drawn.</summary>
    internal static readonly string[] Sampling = ["--temperature", "1000", "--top-k", "0", "--top-p", "1", "--min-p", "0", "--seed", "5", "--threads", "1"];
}
