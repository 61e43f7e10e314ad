using System.Text.RegularExpressions;

namespace LocalLlm.Cli;

/// <summary>Text that strangers will read: the home folder is ~, and a user's name in another path is USER.</summary>
internal static class Anonymous
{
    internal static string Of(string text) =>
        Of(text, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), Environment.UserName);

    internal static string Of(string text, string home, string user)
    {
        // The home folder of a container's user may be / or nothing.
        string shown = home.Length > 1 ? Regex.Replace(text, $@"{Regex.Escape(home.TrimEnd('/', '\\'))}(?![\w.-])", "~") : text;
        return user.Length > 0 ? Regex.Replace(shown, $@"(?<=[/\\]|localllm-){Regex.Escape(user)}(?![\w.-])", "USER") : shown;
    }
}
