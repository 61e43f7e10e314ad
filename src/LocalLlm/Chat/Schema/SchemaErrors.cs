using System.Runtime.CompilerServices;

namespace LocalLlm.Chat.Schema;

/// <summary>Errors of schemas, each with the place in the schema.</summary>
internal static class SchemaErrors
{
    internal static ArgumentException Invalid(string path, string message) => new($"Not a valid JSON schema. {path}: {message}");

    /// <exception cref="NotSupportedException">What leads here is nested too deeply.</exception>
    internal static void CheckDepth()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Unsupported("$", "It is nested too deeply.");
        }
    }

    internal static NotSupportedException Unsupported(string path, string message) => new($"This JSON schema can't be kept while generating. {path}: {message}");
}
