using System.Globalization;

namespace LocalLlm.Cli;

internal static class Size
{
    internal static string Of(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024 * 1024):0.0} GiB");
}
