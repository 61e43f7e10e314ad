namespace LocalLlm.Planning;

/// <summary>The error for an option that does not fit the model or the machine.</summary>
internal static class WrongOption
{
    public static ArgumentException Of(string option, string message) => new(message, option);
}
