using System.Text.Json;

namespace LocalLlm.Cli;

/// <summary>A file of the command line that holds JSON.</summary>
internal static class JsonFile
{
    /// <exception cref="InvalidDataException">It does not.</exception>
    internal static async Task<JsonElement> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return JsonElement.Parse(await File.ReadAllTextAsync(file, cancellationToken));
        }
        catch (JsonException wrong)
        {
            throw new InvalidDataException($"{file} is not JSON: {wrong.Message}", wrong);
        }
    }
}
