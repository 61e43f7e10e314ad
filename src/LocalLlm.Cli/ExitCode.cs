namespace LocalLlm.Cli;

internal static class ExitCode
{
    internal const int Success = 0;
    internal const int Failure = 1;
    internal const int Usage = 2;
    internal const int Interrupted = 130;       // 128 + SIGINT, as shells have it
}
