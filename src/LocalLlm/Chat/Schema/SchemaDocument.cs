using System.Text.Json;
using LocalLlm.Inference;

namespace LocalLlm.Chat.Schema;

/// <summary>A schema with all that is in it, which references find.</summary>
internal sealed class SchemaDocument
{
    private const int KeptPatterns = 64;

    private static readonly Recent<string, TextAutomaton> Patterns = new(KeptPatterns);

    private readonly Dictionary<string, SchemaNode> _nodes = new(StringComparer.Ordinal);
    private readonly JsonElement _root;
    private readonly string _path;

    /// <param name="root">The schema.</param>
    /// <param name="path">What stands for it in the paths of those within.</param>
    internal SchemaDocument(JsonElement root, string path = "$")
    {
        _root = root;
        _path = path;
        CheckTexts(root, path);
        Root = NodeAt(root, path);
    }

    internal SchemaNode Root { get; }

    // Half of a surrogate pair is no character, and nothing can be done with it.
    private static void CheckTexts(JsonElement value, string path)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    CheckTexts(member.Value, SchemaPath.Member(path, Text(() => member.Name, path)));
                }

                break;
            case JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement item in value.EnumerateArray())
                {
                    CheckTexts(item, SchemaPath.Item(path, index++));
                }

                break;
            case JsonValueKind.String:
                Text(() => value.GetString()!, path);
                break;
        }
    }

    private static string Text(Func<string> read, string path)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw SchemaErrors.Invalid(path, "A text holds half of a surrogate pair, which is no character.");
        }
    }

    /// <summary>The schema at a place; one object for each place.</summary>
    /// <exception cref="ArgumentException">It is no schema.</exception>
    /// <exception cref="NotSupportedException">It holds a keyword that is not supported.</exception>
    internal SchemaNode NodeAt(JsonElement value, string path)
    {
        if (!_nodes.TryGetValue(path, out SchemaNode? node))
        {
            node = new SchemaNode(this, value, path);
            _nodes.Add(path, node);
        }

        return node;
    }

    /// <summary>The texts in which something matches a regular expression.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="path">Where it stands.</param>
    internal static TextAutomaton Matching(string pattern, string path) =>
        Patterns.GetOrAdd(pattern, p => PatternCompiler.Compile(PatternParser.Parse(p, path), isWhole: false, path));

    /// <summary>The schema that a reference names.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal SchemaNode Resolve(string reference, string path)
    {
        string own = _root.ValueKind == JsonValueKind.Object && _root.TryGetProperty("$id", out JsonElement id) && id.ValueKind == JsonValueKind.String ? id.GetString()!.TrimEnd('#') : "";
        string fragment = own.Length > 0 && reference.StartsWith(own, StringComparison.Ordinal) ? reference[own.Length..] : reference;
        if (fragment is "" or "#")
        {
            return Root;
        }

        if (!fragment.StartsWith("#/", StringComparison.Ordinal))
        {
            throw SchemaErrors.Invalid(path, $"'{reference}' is not within this schema; only references such as '#/$defs/name' are resolved.");
        }

        JsonElement value = _root;
        string at = _path;
        foreach (string part in fragment[2..].Split('/'))
        {
            string name = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement member))
            {
                (value, at) = (member, SchemaPath.Member(at, name));
            }
            else if (value.ValueKind == JsonValueKind.Array && int.TryParse(name, out int index) && index >= 0 && index < value.GetArrayLength())
            {
                (value, at) = (value[index], SchemaPath.Item(at, index));
            }
            else
            {
                throw SchemaErrors.Invalid(path, $"'{reference}' names nothing in this schema: there is no '{name}' at {at}.");
            }
        }

        return NodeAt(value, at);
    }
}
